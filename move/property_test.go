package move

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/userbehavior/behavior"
)

// Whatever is done to the source, before, between and after copies, and
// however these go on, both stores are equal in the end.
func TestAnyContentEndsEqual(t *testing.T) {
	t.Parallel()
	for _, engines := range [][2]string{{"duckdb", "sqlite"}, {"sqlite", "postgres"}, {"postgres", "duckdb"}, {"clickhouse", "sqlite"}, {"sqlite", "clickhouse"}} {
		t.Run(engines[0]+" to "+engines[1], func(t *testing.T) {
			t.Parallel()
			from, to := open(t, engines[0]), open(t, engines[1])
			p := &play{from: from, to: to}
			began := time.Now()
			rapid.Check(t, func(t *rapid.T) {
				if time.Since(began) > longestPlay {
					return
				}
				p.clear(t)
				p.copier = p.newCopier(t)
				steps := []func(*rapid.T){
					p.append, p.append, p.append, p.updateSession, p.updateView, p.updateInteraction, p.delete, p.lose, p.copy, p.catchUp,
				}
				for range rapid.IntRange(1, 10).Draw(t, "steps") {
					rapid.SampledFrom(steps).Draw(t, "step")(t)
				}
				if err := p.copier.Copy(t.Context()); err != nil {
					t.Fatal(err)
				}
				verified(t, p.copier)
				same(t, from, to)
			})
		})
	}
}

// longestPlay is when a pair of engines has been tried enough: a step on a
// server takes ten times as long as one in a file.
const longestPlay = 20 * time.Second

// play is what can happen to two stores.
type play struct {
	from, to behavior.Store
	copier   *Copier
	names    int
}

func (p *play) newCopier(t *rapid.T) *Copier {
	return New(p.from, p.to, Options{Page: rapid.IntRange(1, 5).Draw(t, "page"), Mirror: true})
}

// clear takes everything from the source; the destination keeps it until the
// next copy.
func (p *play) clear(t *rapid.T) {
	var ids []int64
	for _, row := range everything(t, p.from, behavior.KindSession) {
		ids = append(ids, row.Session.ID)
	}
	if _, err := p.from.Delete(t.Context(), behavior.KindSession, ids); err != nil {
		t.Fatal(err)
	}
}

var (
	texts   = rapid.SampledFrom([]string{"", "a", "A", "é", "😀", "\u202e", "'", `"`, "\\", "\n", "%_", "=1+1", "ab", "a b"})
	moments = rapid.Custom(func(t *rapid.T) time.Time {
		return begin.Add(time.Duration(rapid.IntRange(-3, 3).Draw(t, "days"))*oneDay + time.Duration(rapid.IntRange(0, 1e6).Draw(t, "µs"))*time.Microsecond)
	})
	documents = rapid.SampledFrom([]string{`{}`, `null`, ` [1.0]`, `{"a":"\u0000"}`, `1e400`, `"\ud800"`})
)

// maybe draws a value or none.
func maybe[T any](t *rapid.T, g *rapid.Generator[T], name string) *T {
	if rapid.Bool().Draw(t, name+" is there") {
		v := g.Draw(t, name)
		return &v
	}
	return nil
}

// pick draws one of the source's records; nil when there are none.
func (p *play) pick(t *rapid.T, kind behavior.Kind) *behavior.Row {
	all := everything(t, p.from, kind)
	if len(all) == 0 {
		return nil
	}
	return &all[max(0, len(all)-1-rapid.IntRange(0, 8).Draw(t, "how old"))]
}

func (p *play) sessionName(t *rapid.T) string {
	if s := p.pick(t, behavior.KindSession); s != nil && rapid.Bool().Draw(t, "known session") {
		return s.Session.SessionID
	}
	return ""
}

func (p *play) append(t *rapid.T) {
	var rows []behavior.Row
	name := p.sessionName(t)
	if name == "" {
		p.names++
		name = fmt.Sprint(texts.Draw(t, "name"), p.names)
		s := newSession(name)
		s.UserAgent, s.StartTime, s.EndTime, s.UserID = texts.Draw(t, "agent"), moments.Draw(t, "start"), maybe(t, moments, "end"), maybe(t, texts, "user")
		s.EntryPath, s.ExitPath, s.Country = texts.Draw(t, "entry"), texts.Draw(t, "exit"), texts.Draw(t, "country")
		rows = append(rows, behavior.Row{Session: s})
	}
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		v, i := newView(name, "/"+texts.Draw(t, "path")), newInteraction(name, texts.Draw(t, "element"))
		v.Timestamp, v.EventKey, v.Title = moments.Draw(t, "at"), texts.Draw(t, "key"), texts.Draw(t, "title")
		i.Timestamp, i.EventKey, i.Metadata = moments.Draw(t, "at"), texts.Draw(t, "key"), []byte(documents.Draw(t, "metadata"))
		rows = append(rows, behavior.Row{PageView: v}, behavior.Row{Interaction: i}, behavior.Row{Progress: &behavior.Progress{
			SessionID: name, At: moments.Draw(t, "at"), UserID: texts.Draw(t, "user"), Screen: texts.Draw(t, "screen"),
			ViewKey: v.EventKey, Visible: time.Duration(rapid.IntRange(0, 5).Draw(t, "visible")) * time.Second, ScrollDepth: 3,
		}})
	}
	if rapid.IntRange(0, 3).Draw(t, "gap") == 0 {
		rows = rows[:min(1, len(rows))]
		for _, row := range rows {
			if row.Session != nil {
				row.Session.ID = p.after(t, behavior.KindSession)
			}
		}
	}
	if err := p.from.Append(t.Context(), rows); err != nil { // duplicates of keys are refused one by one
		t.Fatal(err)
	}
}

// after is an id above all others, with a gap.
func (p *play) after(t *rapid.T, kind behavior.Kind) int64 {
	last := int64(0)
	for _, s := range []behavior.Store{p.from, p.to} {
		id, err := newest(t.Context(), s, kind)
		if err != nil {
			t.Fatal(err)
		}
		last = max(last, id)
	}
	return last + int64(rapid.IntRange(1, 4).Draw(t, "step"))
}

func (p *play) updateSession(t *rapid.T) {
	if s := p.pick(t, behavior.KindSession); s != nil {
		name := s.Session.SessionID
		if rapid.Bool().Draw(t, "rename") {
			p.names++
			name = fmt.Sprint(texts.Draw(t, "name"), p.names)
		}
		_, err := p.from.UpdateSession(t.Context(), s.Session.ID, func(s *behavior.Session) error {
			s.SessionID, s.StartTime, s.EndTime, s.UserID, s.ExitPath = name, moments.Draw(t, "start"), maybe(t, moments, "end"), maybe(t, texts, "user"), "/x"
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (p *play) updateView(t *rapid.T) {
	if v := p.pick(t, behavior.KindPageView); v != nil {
		session, at, title := p.pick(t, behavior.KindSession).Session.ID, moments.Draw(t, "at"), texts.Draw(t, "title")
		_, err := p.from.UpdatePageView(t.Context(), v.PageView.ID, func(v *behavior.PageView) error {
			v.Session, v.Timestamp, v.Title, v.EventKey = behavior.Session{ID: session}, at, title, ""
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (p *play) updateInteraction(t *rapid.T) {
	if i := p.pick(t, behavior.KindInteraction); i != nil {
		element, document := texts.Draw(t, "element"), documents.Draw(t, "metadata")
		_, err := p.from.UpdateInteraction(t.Context(), i.Interaction.ID, func(i *behavior.Interaction) error {
			i.Element, i.Metadata = element, []byte(document)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (p *play) delete(t *rapid.T) {
	kind := rapid.SampledFrom(kinds).Draw(t, "kind")
	row := p.pick(t, kind)
	if row == nil {
		return
	}
	id := recordOf(*row).id
	if _, err := p.from.Delete(t.Context(), kind, []int64{id}); err != nil {
		t.Fatal(err)
	}
	if rapid.Bool().Draw(t, "touch") {
		p.copier.Touch(kind, id)
	}
}

// lose deletes a page view or an interaction at the destination alone.
func (p *play) lose(t *rapid.T) {
	kind := rapid.SampledFrom(kinds[1:]).Draw(t, "kind")
	all := everything(t, p.to, kind)
	if len(all) == 0 {
		return
	}
	lost := recordOf(all[max(0, len(all)-1-rapid.IntRange(0, 8).Draw(t, "how old"))])
	if _, err := p.to.Delete(t.Context(), kind, []int64{lost.id}); err != nil {
		t.Fatal(err)
	}
}

// copy begins anew, as after a crash.
func (p *play) copy(t *rapid.T) {
	p.copier = p.newCopier(t)
	if err := p.copier.Copy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (p *play) catchUp(t *rapid.T) {
	if !p.copier.checked {
		return
	}
	if err := p.copier.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestPagesOfEverySizeCopyTheSame(t *testing.T) {
	t.Parallel()
	from := toCopy(t)
	for size := range 10 {
		to := open(t, "sqlite")
		copied(t, from, to, Options{Page: size})
		same(t, from, to)
	}
}
