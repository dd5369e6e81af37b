package account

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// maxText is how many characters of a text the audit trail keeps.
const maxText = 1000

const auditColumns = `time, user_id, "user", addr, deed, kind, object_id, object, changes, note`

// Note adds entries, all or none, in their order; the zero Time is now. They
// are on disk when it returns. Text that is longer than 1,000 characters is
// cut, and what is not UTF-8 in it replaced; in PostgreSQL, so is NUL.
func (s *Store) Note(ctx context.Context, entries ...behavior.AuditEntry) error {
	if len(entries) == 0 {
		return nil
	}
	return s.write(ctx, "note", func(q queries) error {
		for some := range slices.Chunk(entries, rowsAtOnce) {
			if err := s.insertEntries(ctx, q, some); err != nil {
				return err
			}
		}
		return nil
	})
}

// insertEntries adds a few entries.
func (s *Store) insertEntries(ctx context.Context, q queries, entries []behavior.AuditEntry) error {
	rows := make([]values, len(entries))
	for i, e := range entries {
		changes, err := encodeChanges(e.Changes)
		if err != nil {
			return err
		}
		if e.Time.IsZero() {
			e.Time = s.now()
		}
		rows[i] = values{e.Time.UnixMicro()}
		for _, text := range []string{e.UserID, e.User, e.Addr, string(e.Deed), string(e.Kind), e.ObjectID, e.Object} {
			rows[i] = append(rows[i], s.text(cut(text)))
		}
		rows[i] = append(rows[i], changes, s.text(cut(e.Note)))
	}
	statement, args := insertRows("audit", auditColumns, rows)
	_, err := q.exec(ctx, statement, args...)
	return err
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
	limit := math.MaxInt64 // none
	if q.Limit > 0 {
		limit = q.Limit
	}
	order := " ORDER BY time DESC, id DESC"
	if q.OldestFirst {
		order = " ORDER BY time, id"
	}
	where, args := s.auditWhere(q)
	paged := append(slices.Clone(args), limit, q.Offset)
	var total int
	var entries []behavior.AuditEntry
	// The list and its total are of one moment.
	err := s.view(ctx, func(tx queries) error {
		if err := tx.row(ctx, "SELECT count(*) FROM @audit"+where, args, &total); err != nil {
			return err
		}
		return tx.all(ctx, fmt.Sprintf("SELECT id, %s FROM @audit%s%s LIMIT $%d OFFSET $%d", auditColumns, where, order, len(args)+1, len(args)+2),
			paged, func(rows *sql.Rows) error {
				e, err := scanEntry(rows)
				entries = append(entries, e)
				return err
			})
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list entries: %w", err)
	}
	return entries, total, nil
}

// auditWhere are the conditions of a query; lower changes ASCII letters only.
func (s *Store) auditWhere(q behavior.AuditQuery) (where string, args values) {
	var conditions []string
	add := func(value any, conditionOf func(place string) string) {
		args = append(args, value)
		conditions = append(conditions, conditionOf("$"+strconv.Itoa(len(args))))
	}
	is := func(column string) func(string) string {
		return func(place string) string { return column + " = " + place }
	}
	for _, c := range []struct{ column, value string }{
		{"user_id", q.UserID}, {"deed", string(q.Deed)}, {"kind", string(q.Kind)}, {"object_id", q.ObjectID},
	} {
		if c.value != "" {
			add(s.text(c.value), is(c.column))
		}
	}
	if q.Search != "" {
		contains := s.db.database.contains
		add(s.text(q.Search), func(place string) string {
			return "(" + fmt.Sprintf(contains, `"user"`, place) + " OR " + fmt.Sprintf(contains, "object", place) + ")"
		})
	}
	if !q.From.IsZero() {
		add(q.From.UnixMicro(), func(place string) string { return "time >= " + place })
	}
	if !q.To.IsZero() {
		add(q.To.UnixMicro(), func(place string) string { return "time < " + place })
	}
	if len(conditions) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(conditions, " AND "), args
}

// scanEntry reads one entry.
func scanEntry(rows *sql.Rows) (e behavior.AuditEntry, err error) {
	var at int64
	var changes string
	if err := rows.Scan(&e.ID, &at, &e.UserID, &e.User, &e.Addr, &e.Deed, &e.Kind, &e.ObjectID, &e.Object, &changes, &e.Note); err != nil {
		return behavior.AuditEntry{}, err
	}
	e.Time = time.UnixMicro(at).UTC()
	if changes != "" {
		if err := json.Unmarshal([]byte(changes), &e.Changes); err != nil {
			return behavior.AuditEntry{}, fmt.Errorf("decode changes of entry %d: %w", e.ID, err)
		}
	}
	return e, nil
}
