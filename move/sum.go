package move

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/userbehavior/behavior"
)

// Sum is how many records there are, and a checksum of all that they hold:
// the sum, modulo 2^64, of 64 bits of each one's SHA-256. Equal records have
// equal sums, whichever engine they are in and whatever their order.
type Sum struct {
	Count    int
	Checksum uint64
}

// Plus is the sum of the records of both.
func (s Sum) Plus(other Sum) Sum {
	return Sum{s.Count + other.Count, s.Checksum + other.Checksum}
}

// sumOf is the checksum of one record. Of its session an event holds the id.
func sumOf(row behavior.Row) uint64 {
	var e encoder
	e.buffer = e.space[:0]
	switch {
	case row.Session != nil:
		e.session(row.Session)
	case row.PageView != nil:
		e.pageView(row.PageView)
	default:
		e.interaction(row.Interaction)
	}
	hash := sha256.Sum256(e.buffer)
	return binary.BigEndian.Uint64(hash[:])
}

// encoder writes the values of a record one after the other, so that no two
// records look the same.
type encoder struct {
	buffer []byte
	space  [1024]byte
}

func (e *encoder) session(s *behavior.Session) {
	e.integers(s.ID)
	e.texts(s.SessionID, s.UserAgent, s.IPAddress)
	e.times(&s.StartTime, s.EndTime)
	e.optional(s.UserID)
	e.texts(s.Visitor, s.Browser, s.BrowserVersion, s.BrowserFamily, s.OS, s.Device)
	e.boolean(s.Bot)
	e.texts(s.BotReason, s.Country, s.Language, s.Screen, s.Referrer, s.Source, s.Channel,
		s.UTMSource, s.UTMMedium, s.UTMCampaign, s.UTMTerm, s.UTMContent, s.EntryPath, s.ExitPath)
}

func (e *encoder) pageView(v *behavior.PageView) {
	e.integers(v.ID, v.Session.ID)
	e.texts(v.URL)
	e.times(&v.Timestamp)
	e.texts(v.Host, v.Path, v.Title, v.Referrer, v.EventKey)
	e.integers(v.Visible.Milliseconds(), int64(v.ScrollDepth))
}

func (e *encoder) interaction(i *behavior.Interaction) {
	e.integers(i.ID, i.Session.ID)
	e.texts(string(i.EventType), i.Element, string(i.Metadata))
	e.times(&i.Timestamp)
	e.texts(i.Host, i.Path, i.Viewport, i.EventKey)
	e.integers(int64(i.X), int64(i.Y))
}

func (e *encoder) integers(list ...int64) {
	for _, n := range list {
		e.buffer = binary.BigEndian.AppendUint64(e.buffer, uint64(n)) //nolint:gosec // its bits
	}
}

func (e *encoder) texts(list ...string) {
	for _, text := range list {
		e.buffer = binary.AppendUvarint(e.buffer, uint64(len(text)))
		e.buffer = append(e.buffer, text...)
	}
}

func (e *encoder) boolean(b bool) {
	if b {
		e.buffer = append(e.buffer, 1)
		return
	}
	e.buffer = append(e.buffer, 0)
}

// optional tells an empty text from none.
func (e *encoder) optional(text *string) {
	e.boolean(text != nil)
	if text != nil {
		e.texts(*text)
	}
}

func (e *encoder) times(list ...*time.Time) {
	for _, t := range list {
		e.boolean(t != nil)
		if t != nil {
			e.integers(t.UnixMicro())
		}
	}
}
