// Package conformance replays recorded conversations with the reference on
// every engine.
package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/internal/teststore"
)

// scenario is a recorded conversation with the reference, from an empty store on.
type scenario struct {
	Name     string
	Settings map[string]any
	Timing   bool // depends on the clock: tried up to three times
	Steps    []step
}

type step struct {
	Pause    float64 // seconds before it
	Repeat   int
	Request  request
	Response expected
	Accept   []expected // in place of Response, when not empty
}

type request struct {
	Method, Path string
	Headers      map[string]string
	Body         *string
	BodyB64      *string `json:"body_b64"`
	Auth         string  // "NAME" by HTTP Basic, "session:NAME" by the sign-in form
}

type expected struct {
	Status   int
	Headers  map[string]*string  // nil: the header must be absent
	Body     json.RawMessage     // null: not compared; "": none
	BodyKeys map[string][]string `json:"body_keys"`
}

// scenarioCount is how many scenarios there are, so that none gets lost.
const scenarioCount = 321

func TestConformance(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	scenarios := map[string]scenario{}
	for _, file := range files {
		for _, s := range readScenarios(t, file) {
			scenarios[strings.TrimSuffix(filepath.Base(file), ".json")+"/"+s.Name] = s
		}
	}
	if len(scenarios) != scenarioCount {
		t.Errorf("%d scenarios, not %d", len(scenarios), scenarioCount)
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			people, stores := openPeople(t), e.stores(t)
			for name, s := range scenarios {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					s.play(t, people, stores)
				})
			}
		})
	}
}

func readScenarios(t *testing.T, file string) []scenario {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var scenarios []scenario
	if err := json.Unmarshal(text, &scenarios); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return scenarios
}

// openPeople returns the users whom the scenarios know.
func openPeople(t *testing.T) *account.Store {
	t.Helper()
	var people []teststore.Person
	for _, p := range []behavior.Person{
		{Name: "admin", Role: behavior.RoleSuperuser, Active: true},
		{Name: "staff", Role: behavior.RoleStaff, Rights: behavior.AllRights, Active: true},
		{Name: "alice", Role: behavior.RoleUser, Active: true},
		{Name: "ivan", Role: behavior.RoleUser},
	} {
		people = append(people, teststore.Person{Person: p, Password: password(p.Name)})
	}
	return teststore.OpenPeople(t, people...)
}

func password(name string) string { return "pw-" + name + "-12345" }

// play plays the scenario and reports what differs.
func (s scenario) play(t *testing.T, people behavior.People, stores *stores) {
	t.Helper()
	attempts := 1
	if s.Timing {
		attempts = 3
	}
	var diffs []string
	for range attempts {
		if diffs = s.replay(t, people, stores); diffs == nil {
			return
		}
	}
	for _, d := range diffs {
		t.Error(d)
	}
}

// replay plays the scenario once, on a server of its own.
func (s scenario) replay(t *testing.T, people behavior.People, stores *stores) (diffs []string) {
	t.Helper()
	store, give := stores.lend()
	defer func() {
		if err := give(); err != nil {
			t.Errorf("empty the store: %v", err)
		}
	}()
	c, end, err := newClient(s.Settings, people, store)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	names := clockNames()
	for n, st := range s.Steps {
		c.clock.Add(int64(st.Pause * float64(time.Second)))
		for i := range max(1, st.Repeat) {
			if st.Repeat > 0 {
				names["i"], names["i3"] = fmt.Sprint(i), fmt.Sprintf("%03d", i)
			}
			label := fmt.Sprintf("step %d (%d) %s %s", n+1, i+1, st.Request.Method, st.Request.Path)
			reply, err := c.send(st.Request, names)
			if err != nil {
				return append(diffs, label+": "+err.Error())
			}
			for _, d := range st.check(reply, c.base, names) {
				diffs = append(diffs, label+": "+d)
			}
		}
		delete(names, "i")
		delete(names, "i3")
	}
	return diffs
}

// check compares a reply with the one that was recorded, or with those that
// are as good. It learns the names that the reply gives values to.
func (st step) check(reply reply, base string, names map[string]string) []string {
	wanted := st.Accept
	if len(wanted) == 0 {
		wanted = []expected{st.Response}
	}
	var first *comparison
	for _, w := range wanted {
		c := compare(w, reply, base, names)
		if len(c.diffs) == 0 {
			first = c
			break
		}
		if first == nil {
			first = c
		}
	}
	for name, value := range first.bound {
		names[name] = value
	}
	return first.diffs
}

// clockNames are the placeholders for times.
func clockNames() map[string]string {
	now := time.Now().UTC()
	return map[string]string{
		"today":      now.Format(time.DateOnly),
		"yesterday":  now.AddDate(0, 0, -1).Format(time.DateOnly),
		"tomorrow":   now.AddDate(0, 0, 1).Format(time.DateOnly),
		"hour_ago":   now.Add(-time.Hour).Format("2006-01-02T15:04:05Z"),
		"hour_ahead": now.Add(time.Hour).Format("2006-01-02T15:04:05Z"),
	}
}
