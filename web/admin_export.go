package web

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/userbehavior/behavior"
)

// exportFormat is a form in which lists leave the house.
type exportFormat struct {
	name, label string
	media       string
	begin       func(w *bufio.Writer, k behavior.Kind) error
	row         func(w *bufio.Writer, k behavior.Kind, r record) error
}

var exportFormats = []exportFormat{
	{"csv", "CSV", "text/csv; charset=utf-8; header=present", csvHead, csvRow},
	{"jsonl", "JSON Lines", "application/x-ndjson", func(*bufio.Writer, behavior.Kind) error { return nil }, jsonRow},
}

// exportFormatOf is the format of that name, nil for none.
func exportFormatOf(name string) *exportFormat {
	i := slices.IndexFunc(exportFormats, func(f exportFormat) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &exportFormats[i]
}

// Steps of an export.
const (
	exportBatch = 2000
	exportTime  = time.Minute // for one batch to be read by the client
)

// adminExport answers with all records that a list shows, or those of the
// parameter ids, as a file, by rising id. It is written as it is read: an
// error on the way breaks the connection, so that half a file is not taken for
// a whole one.
func (h *handler) adminExport(w http.ResponseWriter, r *http.Request, user behavior.User, m adminModel) error {
	if !h.may(user, m, behavior.CanView) {
		return errNoRight()
	}
	query, err := parameters(r)
	if err != nil {
		return err
	}
	format := exportFormatOf(query.Get("format"))
	if format == nil {
		return detail(http.StatusBadRequest, "Lists are exported as csv or jsonl.")
	}
	some, chosen := query.Get("ids"), query.Has("ids")
	query.Del("format")
	query.Del("ids")
	list, err := h.readWhole(r.Context(), m, query.Encode())
	if err != nil {
		return h.wrongList(w, r, list, err)
	}
	s := selection{list: list, all: !chosen, ids: selectedIDs(strings.Split(some, ","))}
	if s.last, err = h.lastID(r.Context(), m, list.conditions()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	header := w.Header()
	header.Set("Content-Type", format.media)
	header.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s.%s"`, m.path, h.settings.Now().In(h.settings.TimeZone).Format(time.DateOnly), format.name))
	header.Set("Cache-Control", "no-cache, no-store, must-revalidate, private")
	if r.Method == http.MethodHead {
		return nil
	}
	note := format.label
	if described := r.URL.RawQuery; described != "" {
		note += ": " + described
	}
	h.audit(r, behavior.AuditEntry{Deed: behavior.DeedExport, Kind: m.kind, Object: m.plural, Note: clip(note, maxTitle)})
	return h.writeExport(w, r, *format, s)
}

// writeExport writes the selected records.
func (h *handler) writeExport(w http.ResponseWriter, r *http.Request, format exportFormat, s selection) error {
	steps := s.walk(0, exportBatch)
	out := bufio.NewWriterSize(w, 1<<16)
	control := http.NewResponseController(w)
	if err := format.begin(out, steps.model.kind); err != nil {
		return breakOff(w, err)
	}
	for {
		found, err := h.next(r.Context(), &steps)
		if err != nil {
			return breakOff(w, err)
		}
		if len(found) == 0 {
			return out.Flush()
		}
		// Not every writer has deadlines; the server's own then hold.
		_ = control.SetWriteDeadline(time.Now().Add(exportTime))
		for _, rec := range found {
			if err := format.row(out, steps.model.kind, rec); err != nil {
				return breakOff(w, err)
			}
		}
	}
}

// breakOff makes sure that an error within a file cannot be answered as if
// nothing had been sent: a part of the file may wait to be sent.
func breakOff(w http.ResponseWriter, err error) error {
	w.WriteHeader(http.StatusOK)
	return fmt.Errorf("export: %w", err)
}

// csvColumns are the columns of a CSV file: the fields of the kind, and those
// of its session that the API shows.
func csvColumns(k behavior.Kind) []string {
	var names []string
	for _, f := range k.Fields() {
		names = append(names, f.Name)
	}
	if k != behavior.KindSession {
		for _, name := range []string{"session_id", "user_agent", "ip_address", "start_time", "end_time", "user_id"} {
			names = append(names, behavior.SessionPrefix+name)
		}
	}
	return names
}

func csvHead(w *bufio.Writer, k behavior.Kind) error { return csvLine(w, csvColumns(k)) }

func csvRow(w *bufio.Writer, k behavior.Kind, r record) error {
	names := csvColumns(k)
	cells := make([]string, len(names))
	for i, name := range names {
		cells[i] = csvCell(r.exported(name))
	}
	return csvLine(w, cells)
}

// exported is a field of the record with its own type; metadata is a text.
func (r record) exported(field string) any {
	if field == "metadata" {
		return string(r.interaction.Metadata)
	}
	return r.value(field)
}

// csvCell writes a value. A text that a spreadsheet would take for a formula
// gets an apostrophe before it.
func csvCell(value any) string {
	switch v := value.(type) {
	case string:
		if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
			return "'" + v
		}
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return momentText(v)
	}
	return ""
}

// csvLine writes a line as RFC 4180 has it, texts unchanged: package
// encoding/csv would change line ends within them.
func csvLine(w *bufio.Writer, cells []string) error {
	var line []byte
	for i, cell := range cells {
		if i > 0 {
			line = append(line, ',')
		}
		if !strings.ContainsAny(cell, "\",\r\n;") && strings.TrimSpace(cell) == cell {
			line = append(line, cell...)
			continue
		}
		line = append(line, '"')
		line = append(line, strings.ReplaceAll(cell, `"`, `""`)...)
		line = append(line, '"')
	}
	_, err := w.Write(append(line, "\r\n"...))
	return err
}

// jsonRow writes a record as one line: what the API shows of it, and the
// columns that are kept beside it.
func jsonRow(w *bufio.Writer, k behavior.Kind, r record) error {
	for i, f := range k.Fields() {
		separator := ","
		if i == 0 {
			separator = "{"
		}
		value, err := json.Marshal(r.jsonValue(f.Name))
		if err != nil {
			return fmt.Errorf("%s %d: %w", k, r.id(), err)
		}
		fmt.Fprintf(w, "%s%q:%s", separator, f.Name, value)
	}
	_, err := io.WriteString(w, "}\n")
	return err
}

// jsonValue is a field as the API writes it.
func (r record) jsonValue(field string) any {
	switch field {
	case "session":
		return newSessionJSON(*r.owner())
	case "metadata":
		return r.interaction.Metadata
	}
	value := r.value(field)
	if at, ok := value.(time.Time); ok {
		return momentText(at)
	}
	return value
}
