package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/userbehavior/behavior"
)

// LastSettings returns what KeepSettings kept last; nil when it never did.
func (s *Store) LastSettings(ctx context.Context) (settings map[string]string, err error) {
	var text []byte
	err = s.db.row(ctx, "SELECT settings FROM @last_settings", nil, &text)
	switch {
	case errors.Is(err, behavior.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read last settings: %w", err)
	}
	if err := json.Unmarshal(text, &settings); err != nil {
		return nil, fmt.Errorf("read last settings: %w", err)
	}
	return settings, nil
}

// KeepSettings keeps the settings that a server starts with, by name, in place
// of those before. The database is not the place for secrets: the caller keeps them
// out of the values.
func (s *Store) KeepSettings(ctx context.Context, settings map[string]string) error {
	if settings == nil {
		settings = map[string]string{} // kept, and none
	}
	text, err := json.Marshal(settings)
	if err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	_, err = s.db.exec(ctx, `INSERT INTO @last_settings (id, settings) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET settings = excluded.settings`, string(text))
	if err != nil {
		return fmt.Errorf("keep settings: %w", err)
	}
	return nil
}
