package sqlite

import "testing"

// TestOpenOthersReads has another program read the file of an open store.
func TestOpenOthersReads(t *testing.T) {
	t.Parallel()
	s, path := newFile(t)
	appendRows(t, s, session("a"), view("a", "/"))
	db := connect(path, "ro", 1<<20)
	defer db.Close()
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM page_views").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d page views, %v", n, err)
	}
}
