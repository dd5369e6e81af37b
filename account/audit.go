package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// maxText is how many characters of a text the audit trail keeps.
const maxText = 1000

const (
	auditColumns = "time, user_id, user, addr, deed, kind, object_id, object, changes, note"
	insertEntry  = "INSERT INTO audit (" + auditColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

// Note adds entries, all or none, in their order; the zero Time is now. They
// are on disk when it returns. Text that is longer than 1,000 characters is
// cut, and what is not UTF-8 in it replaced.
func (s *Store) Note(ctx context.Context, entries ...behavior.AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	return s.write(ctx, "note", func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, insertEntry)
		if err != nil {
			return translate(err)
		}
		defer insert.Close()
		for _, e := range entries {
			changes, err := encodeChanges(e.Changes)
			if err != nil {
				return err
			}
			if e.Time.IsZero() {
				e.Time = s.now()
			}
			_, err = insert.ExecContext(ctx, e.Time.UnixMicro(), cut(e.UserID), cut(e.User), cut(e.Addr),
				cut(string(e.Deed)), cut(string(e.Kind)), cut(e.ObjectID), cut(e.Object), changes, cut(e.Note))
			if err != nil {
				return translate(err)
			}
		}
		return nil
	})
}

// cut is the beginning of a text, in UTF-8.
func cut(text string) string {
	if len(text) > maxText { // or else it has no more characters than that
		n := 0
		for i := range text {
			if n++; n > maxText {
				text = text[:i]
				break
			}
		}
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

func encodeChanges(changes []behavior.FieldChange) (string, error) {
	if len(changes) == 0 {
		return "", nil
	}
	short := make([]behavior.FieldChange, len(changes))
	for i, c := range changes {
		short[i] = behavior.FieldChange{Field: cut(c.Field), Before: cut(c.Before), After: cut(c.After)}
	}
	text, err := json.Marshal(short)
	if err != nil {
		return "", fmt.Errorf("encode changes: %w", err)
	}
	return string(text), nil
}

// Entries returns the entries that q asks for, by time and then in the order
// in which they were added, and how many match it without Limit and Offset.
func (s *Store) Entries(ctx context.Context, q behavior.AuditQuery) ([]behavior.AuditEntry, int, error) {
	// The list and its total are of one moment, and wait for no writer.
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, 0, fmt.Errorf("list entries: %w", translate(err))
	}
	defer func() { _ = tx.Rollback() }() // it has nothing to keep
	where, args := auditWhere(q)
	var total int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM audit"+where, args...).Scan(&total); err != nil {
		return nil, 0, fmt.Errorf("count entries: %w", translate(err))
	}
	order := " ORDER BY time DESC, id DESC"
	if q.OldestFirst {
		order = " ORDER BY time, id"
	}
	limit := -1 // none
	if q.Limit > 0 {
		limit = q.Limit
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, "+auditColumns+" FROM audit"+where+order+" LIMIT ? OFFSET ?", append(args, limit, q.Offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("list entries: %w", translate(err))
	}
	defer rows.Close()
	entries, err := scanEntries(rows)
	if err != nil {
		return nil, 0, fmt.Errorf("list entries: %w", err)
	}
	return entries, total, nil
}

// auditWhere are the conditions of a query; lower changes ASCII letters only.
func auditWhere(q behavior.AuditQuery) (where string, args []any) {
	var conditions []string
	add := func(condition string, values ...any) {
		conditions, args = append(conditions, condition), append(args, values...)
	}
	for _, c := range []struct{ column, value string }{
		{"user_id", q.UserID}, {"deed", string(q.Deed)}, {"kind", string(q.Kind)}, {"object_id", q.ObjectID},
	} {
		if c.value != "" {
			add(c.column+" = ?", c.value)
		}
	}
	if q.Search != "" {
		add("(instr(lower(user), lower(?)) > 0 OR instr(lower(object), lower(?)) > 0)", q.Search, q.Search)
	}
	if !q.From.IsZero() {
		add("time >= ?", q.From.UnixMicro())
	}
	if !q.To.IsZero() {
		add("time < ?", q.To.UnixMicro())
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

func scanEntries(rows *sql.Rows) (entries []behavior.AuditEntry, err error) {
	for rows.Next() {
		var e behavior.AuditEntry
		var at int64
		var changes string
		if err := rows.Scan(&e.ID, &at, &e.UserID, &e.User, &e.Addr, &e.Deed, &e.Kind, &e.ObjectID, &e.Object, &changes, &e.Note); err != nil {
			return nil, translate(err)
		}
		e.Time = time.UnixMicro(at).UTC()
		if changes != "" {
			if err := json.Unmarshal([]byte(changes), &e.Changes); err != nil {
				return nil, fmt.Errorf("decode changes of entry %d: %w", e.ID, err)
			}
		}
		entries = append(entries, e)
	}
	return entries, translate(rows.Err())
}
