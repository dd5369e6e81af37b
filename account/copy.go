package account

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"time"

	"github.com/userbehavior/behavior"
)

// copyTime is how long a copy may take.
const copyTime = time.Hour

// copied are the tables that are copied. Rows come with the ids that others name
// them by; those that nobody does are given new ones.
var copied = []struct {
	table, columns, order string
	row                   func() values // where one row is scanned into
}{
	{"people", "id, name, role, rights, active, password, created, last_sign_in", "id", func() values {
		return values{new(int64), new(string), new(string), new(string), new(bool), new(string), new(int64), new(sql.NullInt64)}
	}},
	{"sessions", "token, user_id, data, expiry", "token", func() values {
		return values{new([]byte), new(string), new([]byte), new(int64)}
	}},
	{"segments", "name, filters, shared, owner_id, owner, created", "id", func() values {
		return values{new(string), new(string), new(bool), new(string), new(string), new(int64)}
	}},
	{"audit", auditColumns, "id", func() values {
		row := values{new(int64)}
		for range 9 {
			row = append(row, new(string))
		}
		return row
	}},
}

// CopyTo copies people with their passwords, sign-ins and segments, and the
// audit trail, into a store that has nobody yet, all or nothing, and returns how
// many people there are. Ids stay, and those of people who were removed are not
// given again there either. [behavior.ErrConflict]: somebody is there.
func (s *Store) CopyTo(ctx context.Context, to *Store) (people int, err error) {
	source, target := s.slowly(), to.slowly()
	err = target.write(ctx, "copy people", func(into queries) error {
		var somebody bool
		if err := into.row(ctx, "SELECT EXISTS (SELECT 1 FROM @people)", nil, &somebody); err != nil {
			return err
		}
		if somebody {
			return behavior.ErrConflict
		}
		return source.view(ctx, func(from queries) error {
			for _, c := range copied {
				n, err := copyTable(ctx, from, into, c.table, c.columns, c.order, c.row)
				if err != nil {
					return fmt.Errorf("%s: %w", c.table, err)
				}
				if c.table == "people" {
					people = n
				}
			}
			return copyLastID(ctx, from, into)
		})
	})
	return people, err
}

// slowly is the store with time for what takes long.
func (s *Store) slowly() *Store {
	d := *s.db.database
	d.timeout = copyTime
	return &Store{db: queries{&d, d.DB}, now: s.now}
}

// copyTable copies a table and returns how many rows it has.
func copyTable(ctx context.Context, from, into queries, table, columns, order string, row func() values) (n int, err error) {
	var some []values
	flush := func() error {
		if len(some) == 0 {
			return nil
		}
		statement, args := insertRows(table, columns, some)
		n, some = n+len(some), some[:0]
		_, err := into.exec(ctx, statement, args...)
		return err
	}
	err = from.all(ctx, "SELECT "+columns+" FROM @"+table+" ORDER BY "+order, nil, func(rows *sql.Rows) error {
		one := row()
		if err := rows.Scan(one...); err != nil {
			return err
		}
		for i, value := range one {
			one[i] = reflect.ValueOf(value).Elem().Interface()
			if text, ok := one[i].(string); ok {
				one[i] = into.database.textOf(text)
			}
		}
		if some = append(some, one); len(some) == rowsAtOnce {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	return n, err
}

// copyLastID has ids of people go on where they are.
func copyLastID(ctx context.Context, from, into queries) error {
	var last int64
	if err := from.row(ctx, from.database.lastID, nil, &last); err != nil {
		return err
	}
	if last == 0 {
		return nil // nobody was ever there
	}
	_, err := into.exec(ctx, into.database.setLastID, last)
	return err
}
