package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"time"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/geo"
)

// closeTime is how long closing may take before a hanging disk is left alone.
const closeTime = 12 * time.Second

// house is everything that a command holds open. What is nil is not open.
type house struct {
	lock     *dataLock
	listener net.Listener
	people   *account.Store
	places   *geo.Database
	store    behavior.Store
	tracker  *behavior.Tracker
	copy     *liveCopy
}

// openServer opens what a server needs. What is open already when something
// fails stays for close.
func (h *house) openServer(ctx context.Context, conf config, log *slog.Logger) (err error) {
	if conf.usesFolder() {
		if h.lock, err = lockData(conf.dir); err != nil {
			return err
		}
	}
	if h.listener, err = listen(ctx, conf.addr); err != nil {
		return err
	}
	if h.people, err = conf.accounts.open(ctx, conf.migrate); err != nil {
		return err
	}
	conf.settings.People, conf.settings.Given = h.people, conf.shownSettings()
	return h.openTracker(ctx, conf, log)
}

// openImport opens what an import needs.
func (h *house) openImport(ctx context.Context, conf config, log *slog.Logger) (err error) {
	if conf.usesFolder() {
		if h.lock, err = lockData(conf.dir); err != nil {
			return err
		}
	}
	return h.openTracker(ctx, conf, log)
}

// openTracker opens the store, with its share of the memory, and the tracker.
func (h *house) openTracker(ctx context.Context, conf config, log *slog.Logger) error {
	debug.SetMemoryLimit(conf.memory / 4)
	store, err := openStore(ctx, conf, conf.migrate)
	if err != nil {
		return err
	}
	h.store = store
	conf.settings.Logger = log
	if err := h.openCountries(conf.countries, &conf.settings); err != nil {
		return err
	}
	h.tracker, err = behavior.New(h.store, conf.settings)
	return err
}

// close closes what is open, in the order in which things depend on one
// another.
func (h *house) close() error {
	done := make(chan error, 1)
	go func() { done <- h.closeAll() }()
	select {
	case err := <-done:
		return err
	case <-time.After(closeTime):
		return errors.New("the data could not be closed in time; what was acknowledged is on disk")
	}
}

func (h *house) closeAll() error {
	var errs []error
	if h.listener != nil {
		_ = h.listener.Close() // a server that has ended has closed it
	}
	if h.tracker != nil {
		errs = append(errs, h.tracker.Close())
	}
	if h.copy != nil {
		errs = append(errs, h.copy.close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	if h.people != nil {
		errs = append(errs, h.people.Close())
	}
	if h.places != nil {
		errs = append(errs, h.places.Close())
	}
	if h.lock != nil {
		errs = append(errs, h.lock.release())
	}
	return errors.Join(errs...)
}
