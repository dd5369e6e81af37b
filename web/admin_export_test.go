package web_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/userbehavior/behavior"
)

// rowsOf reads a CSV file: each row by the names in its header.
func rowsOf(t *testing.T, file []byte) []map[string]string {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func TestExportAsCSV(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 5)
	b := a.as("viewer")
	res := b.ask(t, "GET", adminRoot+"sessions/export/?format=csv&q=s00&o=-1&id__lte=3", nil)
	if res.status != http.StatusOK || res.header.Get("Content-Disposition") != `attachment; filename="sessions-2026-11-22.csv"` || !strings.HasPrefix(res.header.Get("Content-Type"), "text/csv; charset=utf-8") {
		t.Fatalf("%d %v", res.status, res.header)
	}
	rows := rowsOf(t, res.body)
	if len(rows) != 3 || !bytes.HasPrefix(res.body, []byte("id,session_id,user_agent,ip_address,start_time,end_time,user_id,visitor,browser,")) {
		t.Fatalf("%d rows: %.200s", len(rows), res.body)
	}
	got := []string{rows[1]["id"], rows[1]["session_id"], rows[1]["user_id"], rows[1]["start_time"], rows[1]["end_time"], rows[1]["bot"], rows[1]["browser_version"]}
	want := []string{"2", "s002", "user_2", "2026-11-23T03:58:00Z", "2026-11-23T03:58:01Z", "false", "102.0"}
	if diff := cmp.Diff(want, got); diff != "" || rows[0]["user_id"] != "" || rows[0]["end_time"] != "" {
		t.Error(diff, rows[0])
	}
	rows = rowsOf(t, b.ask(t, "GET", adminRoot+"interactions/export/?format=csv&ids=2,4,77", nil).body)
	if len(rows) != 2 || rows[0]["session"] != "2" || rows[0]["session__session_id"] != "s002" || rows[1]["metadata"] != `{"x":4}` {
		t.Errorf("chosen ones: %v", rows)
	}
	if rows := rowsOf(t, b.ask(t, "GET", adminRoot+"interactions/export/?format=csv&ids=", nil).body); len(rows) != 0 {
		t.Errorf("none chosen: %d", len(rows))
	}
	entries, _, err := a.trail.Entries(t.Context(), behavior.AuditQuery{OldestFirst: true})
	if err != nil || len(entries) != 3 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	e := entries[0]
	if e.Deed != behavior.DeedExport || e.Kind != behavior.KindSession || e.User != "viewer" || e.Note != "CSV: format=csv&q=s00&o=-1&id__lte=3" {
		t.Errorf("entry: %+v", e)
	}
}

func TestExportAsJSONLines(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 2)
	res := a.as("owner").ask(t, "GET", adminRoot+"interactions/export/?format=jsonl", nil)
	lines := strings.Split(strings.TrimSuffix(res.text(), "\n"), "\n")
	if len(lines) != 2 || res.header.Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("%d lines: %s", len(lines), res.text())
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": 2.0, "event_type": "mouse_move", "element": "#buy", "metadata": map[string]any{"x": 2.0}, "timestamp": "2026-11-23T04:01:00Z",
		"host": "", "path": "", "x": 0.0, "y": 0.0, "viewport": "", "event_key": "",
		"session": map[string]any{
			"id": 2.0, "session_id": "s002", "user_agent": "Mozilla/5.0 (X11) Firefox/102.0", "ip_address": "192.0.2.7",
			"start_time": "2026-11-23T04:01:00Z", "end_time": "2026-11-23T04:01:01Z", "user_id": "user_2",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	open := a.as("owner").ask(t, "GET", adminRoot+"sessions/export/?format=jsonl&id=1", nil).text()
	if !strings.Contains(open, `"end_time":null,"user_id":null`) || !strings.Contains(open, `"browser":"Firefox"`) {
		t.Errorf("a session: %s", open)
	}
}

func TestExportIsHarmlessInASpreadsheet(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	texts := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", `a "b", c`, "a\r\nb\nc", " a ", "plain", "", "é;ü"}
	rows := []behavior.Row{{Session: &behavior.Session{SessionID: "=s", UserAgent: "u", IPAddress: "::1", StartTime: adminNow}}}
	for _, text := range texts {
		rows = append(rows, behavior.Row{Interaction: &behavior.Interaction{Session: behavior.Session{SessionID: "=s"}, EventType: "click", Element: text, Metadata: []byte("{}"), Timestamp: adminNow, X: -5}})
	}
	a.record(t, rows...)
	res := a.as("owner").ask(t, "GET", adminRoot+"interactions/export/?format=csv", nil)
	found := rowsOf(t, res.body)
	for i, text := range texts {
		want := text
		if i < 6 {
			want = "'" + text
		}
		want = strings.ReplaceAll(want, "\r\n", "\n") // so reads encoding/csv
		if got := found[i]["element"]; got != want || found[i]["session__session_id"] != "'=s" || found[i]["x"] != "-5" {
			t.Errorf("%q became %q of %q", text, got, found[i]["session__session_id"])
		}
	}
	if !bytes.Contains(res.body, []byte("\"a\r\nb\nc\"")) || bytes.Count(res.body, []byte("\r\n")) != 1+len(texts)+1 {
		t.Error("lines do not end as they should")
	}
}

func TestExportOfManyBatches(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	var rows []behavior.Row
	for i := range 5200 {
		agent := "common"
		if i%1300 == 7 {
			agent = "rare"
		}
		rows = append(rows, behavior.Row{Session: &behavior.Session{ID: int64(1 + i*i), SessionID: strings.Repeat("s", 1+i%3) + http.StatusText(200) + string(rune('A'+i%26)) + strings.Repeat("x", i/26), UserAgent: agent, IPAddress: "::1", StartTime: adminNow}})
	}
	a.record(t, rows...)
	b := a.as("owner")
	for query, want := range map[string]int{"": 5200, "&user_agent=rare": 4, "&user_agent=never": 0, "&q=%zz": 0, "&id__gt=100": 5190} {
		res := b.ask(t, "GET", adminRoot+"sessions/export/?format=csv"+query, nil)
		ids := map[string]bool{}
		for _, row := range rowsOf(t, res.body) {
			ids[row["id"]] = true
		}
		if len(ids) != want {
			t.Errorf("%q: %d records, not %d", query, len(ids), want)
		}
	}
}

func TestExportRefuses(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 1)
	for _, c := range []struct {
		user, path string
		want       int
	}{
		{"adder", "pageviews/export/?format=csv", http.StatusForbidden},
		{"owner", "pageviews/export/", http.StatusBadRequest},
		{"owner", "pageviews/export/?format=xml", http.StatusBadRequest},
		{"owner", "pageviews/export/?format=csv&nothing=1", http.StatusFound},
		{"owner", "pageviews/export/?format=csv&session__user_agent=x", http.StatusBadRequest},
		{"owner", "pageviews/export/?format=csv&q=%00", http.StatusBadRequest},
	} {
		if res := a.as(c.user).ask(t, "GET", adminRoot+c.path, nil); res.status != c.want || res.header.Get("Content-Disposition") != "" {
			t.Errorf("%s, %s: %d", c.user, c.path, res.status)
		}
	}
	if res := a.as("owner").ask(t, "HEAD", adminRoot+"pageviews/export/?format=csv", nil); res.status != http.StatusOK || len(res.body) > 0 {
		t.Errorf("HEAD: %d, %d bytes", res.status, len(res.body))
	}
	if _, n, err := a.trail.Entries(t.Context(), behavior.AuditQuery{}); n != 0 || err != nil {
		t.Errorf("%d entries of nothing, %v", n, err)
	}
}

func TestSelectedRecordsAreExported(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 3)
	b := a.as("viewer")
	for _, c := range []struct {
		form url.Values
		want string
	}{
		{url.Values{"action": {"export_csv"}, "_selected_action": {"3", "1"}}, "export/?format=csv&ids=1%2C3&q=s0"},
		{url.Values{"action": {"export_jsonl"}, "select_across": {"1"}, "_selected_action": {"1"}}, "export/?format=jsonl&q=s0"},
	} {
		res := b.act(t, "sessions/?q=s0", c.form)
		if got := res.header.Get("Location"); res.status != http.StatusSeeOther || got != adminRoot+"sessions/"+c.want {
			t.Errorf("%d to %q", res.status, got)
		}
		if res := b.ask(t, "GET", res.header.Get("Location"), nil); res.status != http.StatusOK {
			t.Errorf("export: %d", res.status)
		}
	}
}

// A file that cannot be written to its end is no file.
func TestExportThatBreaksOff(t *testing.T) {
	t.Parallel()
	a := newAdminHost(t, behavior.Settings{})
	a.fill(t, 3)
	w := &breaking{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequestWithContext(t.Context(), "GET", adminRoot+"sessions/export/?format=csv", nil)
	r.Header.Set("X-User", "owner")
	defer func() {
		p := recover()
		if err, _ := p.(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("the connection is not broken: %v", p)
		}
	}()
	a.h.ServeHTTP(w, r)
	t.Error("the answer ended well")
}

// breaking is a client that goes away.
type breaking struct{ *httptest.ResponseRecorder }

func (*breaking) Write([]byte) (int, error) { return 0, http.ErrHandlerTimeout }
