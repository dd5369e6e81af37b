package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/move"
)

// The bounds of a copy beside a server: small pages, so that visitors and
// readers do not wait for it.
const (
	liveCopyPage  = 2000
	liveCopyRetry = 5 * time.Second
	liveCopySays  = time.Minute
	liveCopyEnd   = 8 * time.Second // that close may take, see closeTime
)

// liveCopy carries the records of a running server to another database: a file
// belongs to its process, so that nobody else could.
type liveCopy struct {
	from   database
	to     database
	store  behavior.Store
	copier *move.Copier
	log    *slog.Logger
	out    io.Writer
	retry  time.Duration // how long it waits for a store that cannot be used

	cancel context.CancelFunc
	done   chan struct{} // closed when run has returned
	said   time.Time
	failed bool

	verified bool // all records were compared, and all could be stored
	ended    bool // by an error: what has changed since is not carried
}

// openCopy opens the destination of a copy, and has the settings tell it what
// changes. From then on the store has half of the memory.
func (h *house) openCopy(ctx context.Context, p *process, conf *config, dsn string, log *slog.Logger) error {
	to, err := flagDatabase("--copy-to", dsn)
	if err != nil {
		return err
	}
	if conf.database.same(to) {
		return usageError("--copy-to names the database of the server itself: " + to.String())
	}
	conf.memory /= 2
	target := *conf
	target.database, target.chosen = to, true
	store, err := openStore(ctx, target, conf.migrate)
	if err != nil {
		return fmt.Errorf("--copy-to: %w", addMigrate(err))
	}
	h.copy = &liveCopy{
		from: conf.database, to: to, store: store, log: log.With("to", to.String()), out: p.stdout,
		retry: liveCopyRetry, done: make(chan struct{}),
	}
	conf.settings.Observers = append(conf.settings.Observers, h.copy.observe)
	return nil
}

// start begins to copy. Everything that changes is to be told to observe from
// then on.
func (l *liveCopy) start(from behavior.Store) {
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	l.copier = move.New(from, l.store, move.Options{Page: liveCopyPage, Progress: l.tell})
	go func() {
		defer close(l.done)
		if err := l.run(ctx); err != nil && ctx.Err() == nil {
			l.ended = true
			l.log.Error("the copy has ended", "error", err)
		}
	}()
}

// observe is told what happens to records of the source.
func (l *liveCopy) observe(_ context.Context, e behavior.Event) {
	if e.Change == behavior.Created || l.copier == nil {
		return
	}
	select {
	case <-l.done: // nobody carries it, nor says that everything was
	default:
		l.copier.Touch(e.Kind, e.ID)
	}
}

// run copies, verifies and follows until ctx ends.
func (l *liveCopy) run(ctx context.Context) error {
	l.log.Info("copying")
	if err := l.insist(ctx, l.copier.Copy); err != nil {
		return err
	}
	var result move.Result
	err := l.insist(ctx, func(ctx context.Context) (err error) {
		result, err = l.copier.Verify(ctx)
		return err
	})
	if err != nil {
		return err
	}
	l.verified = result.Refused == 0
	l.log.Info("the copy is complete and goes on with what arrives",
		"days", daysOf(result), "repaired", result.Repaired, "moving", result.Moving, "refused", result.Refused)
	for _, reason := range result.Reasons {
		l.log.Error("a record cannot be copied", "reason", reason)
	}
	return l.copier.Follow(ctx)
}

// insist does something until no store is too busy or out of reach for it.
func (l *liveCopy) insist(ctx context.Context, do func(context.Context) error) error {
	for {
		err := do(ctx)
		if !errors.Is(err, behavior.ErrBusy) && !errors.Is(err, behavior.ErrUnavailable) {
			return err
		}
		l.log.Warn("the copy waits", "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(l.retry):
		}
	}
}

// tell logs now and then how far the copy is.
func (l *liveCopy) tell(p move.Progress) {
	if failed := p.Err != nil; failed != l.failed {
		l.failed = failed
		if failed {
			l.log.Warn("the copy waits", "error", p.Err)
		} else {
			l.log.Info("the copy goes on")
		}
	}
	if time.Since(l.said) < liveCopySays {
		return
	}
	l.said = time.Now()
	l.log.Info(string(p.Step), "records", p.Done, "of", p.Total, "lag", p.Lag)
}

// close carries what is left, once nobody writes to the source any more, and
// closes the destination.
func (l *liveCopy) close() error {
	if l.cancel == nil { // something else failed before it began
		return l.store.Close()
	}
	l.cancel()
	<-l.done
	ctx, cancel := context.WithTimeout(context.Background(), liveCopyEnd)
	defer cancel()
	err := l.copier.Copy(ctx)
	if err == nil {
		err = l.copier.CatchUp(ctx)
	}
	again := fmt.Sprintf("behavior copy --from %s --to %s", l.from.argument(), l.to.argument())
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		fmt.Fprintf(l.out, "The copy to %s is not complete. It goes on with the next start, or with: %s\n", l.to, again)
		err = nil
	case err != nil:
		err = fmt.Errorf("the copy to %s is not complete: %w\nNothing of the server's own is lost. Carry the rest with: %s", l.to, err, again)
	case l.ended:
		fmt.Fprintf(l.out, "The copy to %s ended before the server did, and may lack what has changed since. Carry that with: %s\n", l.to, again)
	case !l.verified:
		fmt.Fprintf(l.out, "Everything has been carried to %s, but it has not been verified. Verify it with: %s\n", l.to, again)
	default:
		fmt.Fprintf(l.out, "Everything has been carried to %s.\n", l.to)
	}
	return errors.Join(err, l.store.Close())
}
