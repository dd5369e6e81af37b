package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// LastSettings returns what KeepSettings kept last; nil when it never did.
func (s *Store) LastSettings(ctx context.Context) (settings map[string]string, err error) {
	var text []byte
	err = s.db.QueryRowContext(ctx, "SELECT settings FROM last_settings").Scan(&text)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read last settings: %w", translate(err))
	}
	if err := json.Unmarshal(text, &settings); err != nil {
		return nil, fmt.Errorf("read last settings: %w", err)
	}
	return settings, nil
}

// KeepSettings keeps the settings that a server starts with, by name, in place
// of those before. The file is not the place for secrets: the caller keeps them
// out of the values.
func (s *Store) KeepSettings(ctx context.Context, settings map[string]string) error {
	if settings == nil {
		settings = map[string]string{} // kept, and none
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	_, err = s.db.ExecContext(ctx, `INSERT INTO last_settings (id, settings) VALUES (1, ?)
		ON CONFLICT (id) DO UPDATE SET settings = excluded.settings`, string(text))
	if err != nil {
		return fmt.Errorf("keep settings: %w", translate(err))
	}
	return nil
}
