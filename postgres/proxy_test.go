package postgres

import (
	"bytes"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// proxy stands between a store and its server, and fails as a network does.
type proxy struct {
	target string
	listen net.Listener

	mu     sync.Mutex
	down   bool
	conns  map[net.Conn]bool
	commit func(forward func()) // what becomes of the next COMMIT; nil: nothing special
	muted  bool                 // the server's answers are lost
}

// newProxy is a proxy before the server of a DSN, and the DSN that leads
// through it.
func newProxy(t *testing.T, dsn string) (*proxy, string) {
	t.Helper()
	server, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: net.JoinHostPort(server.Host, portText(server.Port)), listen: l, conns: map[net.Conn]bool{}}
	var serving sync.WaitGroup
	serving.Go(func() { p.serve(&serving) })
	t.Cleanup(func() {
		l.Close()
		p.cut(true)
		serving.Wait()
	})
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return p, withParameter("postgres://"+server.User+"@127.0.0.1:"+port+"/"+server.Database, "sslmode", "disable")
}

func (p *proxy) serve(serving *sync.WaitGroup) {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil || !p.keep(client, server) {
			client.Close()
			if err == nil {
				server.Close()
			}
			continue
		}
		serving.Go(func() { p.answer(client, server); client.Close(); server.Close() })
		serving.Go(func() { p.forward(client, server); client.Close(); server.Close() })
	}
}

// keep notes a pair of connections, unless the network is down.
func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
	return !p.down
}

// answer sends on what a server says, unless its answers are to be lost.
func (p *proxy) answer(client, server net.Conn) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := server.Read(buffer)
		p.mu.Lock()
		muted := p.muted
		p.mu.Unlock()
		if n > 0 && !muted {
			_, _ = client.Write(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

// mute loses the server's answers, until all connections are cut.
func (p *proxy) mute() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.muted = true
}

// forward sends on what a client says.
func (p *proxy) forward(client, server net.Conn) {
	buffer, copying := make([]byte, 1<<20), false
	for {
		n, err := client.Read(buffer)
		if n > 0 {
			send := func() { _, err = server.Write(buffer[:n]) }
			if special := p.special(buffer[:n], &copying); special != nil {
				special(send)
			} else {
				send()
			}
		}
		if err != nil {
			return
		}
	}
}

// copyDone is the message that ends a copy.
var copyDone = []byte{'c', 0, 0, 0, 4}

// special is what is to become of a message, once. Where the server is told to
// commit after a copy, it does so when that has ended.
func (p *proxy) special(message []byte, copying *bool) func(forward func()) {
	commits := bytes.Contains(message, []byte("COMMIT\x00"))
	if commits && bytes.Contains(message, []byte("FROM STDIN")) {
		commits, *copying = false, true
	}
	if *copying && bytes.HasSuffix(message, copyDone) {
		commits, *copying = true, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.commit == nil || !commits {
		return nil
	}
	defer func() { p.commit = nil }()
	return p.commit
}

// atCommit says what becomes of the next COMMIT.
func (p *proxy) atCommit(do func(forward func())) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.commit = do
}

// cut ends all connections, and with down lets no new ones through.
func (p *proxy) cut(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down, p.muted = down, false
	for c := range p.conns {
		c.Close()
		delete(p.conns, c)
	}
}

// heal lets connections through again.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}
