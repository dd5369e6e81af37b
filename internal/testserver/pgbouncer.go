package testserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// PgBouncer puts a PgBouncer before a database that has the DSN, and returns
// the DSN that leads through it. It gives each transaction one of a few
// connections, whichever is free. Without the program the test is skipped, see
// [Required].
func PgBouncer(t testing.TB, dsn string) string {
	t.Helper()
	path, err := exec.LookPath("pgbouncer")
	if err != nil {
		if path = "/usr/sbin/pgbouncer"; !isFile(path) {
			missing(t, "pgbouncer", "no PgBouncer found: on Debian, `apt-get install pgbouncer` brings it")
		}
	}
	server, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	dir, port := pgBouncerFiles(t, server)
	c := exec.Command(path, "-q", filepath.Join(dir, "ini")) //nolint:noctx // ended below
	stepDown(c)
	bouncer, err := startDaemon(c, filepath.Join(dir, "log"), syscall.SIGKILL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bouncer.end(os.Kill) })
	through := fmt.Sprintf("postgres://%s@127.0.0.1:%d/%s?sslmode=disable", server.User, port, server.Database)
	if err := bouncer.wait(t.Context(), func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, through)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}); err != nil {
		t.Fatalf("PgBouncer does not answer: %v", err)
	}
	return through
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// pgBouncerFiles writes a configuration into a new folder.
func pgBouncerFiles(t testing.TB, server *pgx.ConnConfig) (dir string, port int) {
	t.Helper()
	dir, err := os.MkdirTemp("", "behavior-pgbouncer-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if port, err = freePort(); err != nil {
		t.Fatal(err)
	}
	config := strings.Join([]string{
		"[databases]", fmt.Sprintf("* = host=%s port=%d", server.Host, server.Port),
		"[pgbouncer]", "listen_addr = 127.0.0.1", fmt.Sprintf("listen_port = %d", port), "unix_socket_dir =",
		"auth_type = any", "pool_mode = transaction", "default_pool_size = 4", "max_client_conn = 500",
		"[users]", "",
	}, "\n")
	config = strings.Replace(config, "* = host", fmt.Sprintf("%s = user=%s host", server.Database, server.User), 1)
	if err := os.WriteFile(filepath.Join(dir, "ini"), []byte(config), 0o644); err != nil { //nolint:gosec // another user reads it
		t.Fatal(err)
	}
	if err := giveAway(dir); err != nil {
		t.Fatal(err)
	}
	return dir, port
}
