package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/duckdb"
	"github.com/userbehavior/behavior/web"
)

// senders is how many connections the batches of measureCollect come over: so
// many that the next thousand rows wait while one thousand is written.
const senders = 128

// measureCollect posts batches of a browser's tracker to collect/, each on
// disk before its answer, and appends the same rows to tables of the same
// columns with the engine's Appender: with a transaction for each batch, as
// they come, and with one for each thousand rows, as the recorder groups them.
func measureCollect(ctx context.Context, p plan) ([]line, error) {
	var lines []line
	for _, events := range []int{20, 50} {
		var ours, single, grouped []float64
		for round := range p.rounds {
			path := filepath.Join(p.dir, fmt.Sprintf("collect-%d-%d.duckdb", events, round))
			rate, err := collectRows(ctx, path, events, p.duration)
			if err != nil {
				return nil, err
			}
			ours = append(ours, rate)
			for batches, out := range map[int]*[]float64{1: &single, batch / events: &grouped} {
				rate, err := appendVisits(ctx, path, events, batches, p.duration)
				if err != nil {
					return nil, err
				}
				*out = append(*out, rate)
			}
		}
		for _, bare := range []struct {
			what    string
			rates   []float64
			promise string
		}{{"the same batches", single, "≥ 0.5"}, {"1,000 rows at a time", grouped, ""}} {
			l := line{what: fmt.Sprintf("`collect/`, batches of %d events, %d connections, against the engine's Appender, %s", events, senders, bare.what),
				ours: median(ours), bare: median(bare.rates), unit: "rows/s", promise: bare.promise}
			l.holds = l.ours >= 0.5*l.bare
			lines = append(lines, l)
		}
	}
	return lines, nil
}

// collectRows posts batches to a new store for a while, and returns how many
// rows a second were stored.
func collectRows(ctx context.Context, path string, events int, d time.Duration) (float64, error) {
	addr, end, err := collector(ctx, path)
	if err != nil {
		return 0, err
	}
	defer end()
	sent, err := browse(ctx, addr, senders, events, 0, d)
	return float64(sent.rows) / d.Seconds(), err
}

// collector serves a new store on loopback.
func collector(ctx context.Context, path string) (addr string, end func(), err error) {
	store, err := duckdb.Open(ctx, path)
	if err != nil {
		return "", nil, err
	}
	settings := quiet()
	settings.MaxQueue = 2 * browsers * eventsOfBatch // room for all of measureBrowsers at once
	tracker, err := behavior.New(store, settings)
	if err != nil {
		return "", nil, errors.Join(err, store.Close())
	}
	server := httptest.NewServer(web.Handler(tracker))
	return server.Listener.Addr().String(), func() { server.Close(); tracker.Close(); store.Close() }, nil
}

// sent is what browsers have sent, and how long each answer took.
type sent struct {
	events, rows int
	took         []time.Duration
}

// browse has browsers send batches at once: each its next one when the one
// before is answered, or after a pause counted from there to there.
func browse(ctx context.Context, addr string, browsers, events int, pause, d time.Duration) (sent, error) {
	all := make([]sent, browsers)
	errs := make([]error, browsers)
	stop := time.Now().Add(d)
	var wg sync.WaitGroup
	for i := range browsers {
		wg.Go(func() {
			b := &browser{number: i, visit: newVisit(events)}
			first := time.Now().Add(pause * time.Duration(i) / time.Duration(browsers))
			all[i], errs[i] = b.send(ctx, addr, first, pause, stop)
		})
	}
	wg.Wait()
	var total sent
	for i, s := range all {
		if errs[i] != nil {
			return sent{}, errs[i]
		}
		total.events, total.rows, total.took = total.events+s.events, total.rows+s.rows, append(total.took, s.took...)
	}
	slices.Sort(total.took)
	return total, nil
}

// browser sends one visit after the other over its own connection.
type browser struct {
	number int
	visit  []request
	visits int
}

// send posts batches from a moment on until another.
func (b *browser) send(ctx context.Context, addr string, next time.Time, pause time.Duration, stop time.Time) (out sent, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return out, err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for n := 0; ; n++ {
		time.Sleep(time.Until(next))
		start := time.Now()
		if !start.Before(stop) {
			return out, nil
		}
		r := b.next(n)
		if _, err := conn.Write(r.text); err != nil {
			return out, err
		}
		if err := answered(in); err != nil {
			return out, err
		}
		out.took = append(out.took, time.Since(start))
		out.events, out.rows = out.events+r.events, out.rows+r.rows
		next = next.Add(pause)
	}
}

// answered reads an answer, which must be 204.
func answered(in *bufio.Reader) error {
	status, err := in.ReadString('\n')
	if err != nil {
		return err
	}
	if !bytes.Contains([]byte(status), []byte(" 204 ")) {
		return fmt.Errorf("batch answered with %q", status)
	}
	for {
		line, err := in.ReadSlice('\n')
		if err != nil || len(line) <= len("\r\n") {
			return err
		}
	}
}

// next is the n-th request of the browser. Each visit is a session of its own.
func (b *browser) next(n int) request {
	if n%len(b.visit) == 0 {
		b.visits++
	}
	r := b.visit[n%len(b.visit)]
	name := fmt.Appendf(nil, "%016x%016x", b.number+1, b.visits)
	copy(r.text[r.session:], name)
	copy(r.text[r.page:], name)
	return r
}

// request is a batch as it goes over the wire.
type request struct {
	text          []byte
	session, page int // where their names stand in text
	events, rows  int
}

// batchesOfVisit is how many batches a visit has.
const batchesOfVisit = 6

// newVisit makes the requests of a visit to one page: a page view, then what
// is done there, and in every third batch a sign of life.
func newVisit(events int) []request {
	visit := make([]request, batchesOfVisit)
	for i := range visit {
		visit[i] = newRequest(i, events)
	}
	return visit
}

// place is where a name of 32 digits goes.
const place = "00000000000000000000000000000000"

func newRequest(number, events int) request {
	r := request{events: events, rows: events}
	body := bytes.NewBufferString(`{"v":1,"s":"` + place + `","p":"` + place + `","x":0,"d":0,"w":[1280,720,1920,1080],"l":"de-CH","z":"Europe/Zurich","b":[`)
	for i := range events {
		n := number*events + i + 1
		switch {
		case n == 1:
			fmt.Fprintf(body, `{"n":1,"t":1790000000000,"k":"view","u":"https://shop.example/category/chairs","i":1,"r":"https://www.google.com/"}`)
			r.rows++ // the session
			continue
		case i == 0:
			fmt.Fprintf(body, `{"n":%d,"t":%d,"u":"https://shop.example/category/chairs","i":1,%s}`, n, 1790000000000+n*100, actions[n%len(actions)])
			continue
		case i == events-1 && number%3 == 2:
			fmt.Fprintf(body, `,{"n":%d,"t":%d,"k":"ping","m":{"ms":%d,"d":40}}`, n, 1790000000000+n*100, n*100)
			r.rows--
			continue
		}
		fmt.Fprintf(body, `,{"n":%d,"t":%d,%s}`, n, 1790000000000+n*100, actions[n%len(actions)])
	}
	fmt.Fprintf(body, `],"t":%d}`, 1790000000000+(number+1)*events*100)
	r.text = fmt.Appendf(nil, "POST /user_behavior/collect/ HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"+
		"Content-Type: text/plain;charset=UTF-8\r\nOrigin: https://shop.example\r\nContent-Length: %d\r\n\r\n%s", body.Len(), body)
	r.session = bytes.Index(r.text, []byte(place))
	r.page = bytes.LastIndex(r.text, []byte(place))
	return r
}

// actions are what visitors do, as the script tells of it.
var actions = []string{
	`"k":"click","e":"button#buy","m":{"x":412,"y":633,"b":0}`,
	`"k":"scroll","e":"window","m":{"y":900,"d":42}`,
	`"k":"mouse_move","e":"window","m":{"p":[0,10,20,260,80,90,300,120,160,280,300,310,410,420,330,250,500,400]}`,
	`"k":"hover","e":"body>div.tall>a.nav-link","m":{"ms":730}`,
	`"k":"input_change","e":"select[name=\"plan\"]","m":{"t":"select-one","f":true}`,
	`"k":"keypress","e":"input#email","m":{"n":14}`,
	`"k":"click","e":"body>div.list>a.card:nth-of-type(3)","m":{"x":80,"y":240,"b":0}`,
	`"k":"form_submit","e":"form#order","m":{"n":7}`,
	`"k":"page_resize","e":"window","m":{"w":1280,"h":720}`,
}
