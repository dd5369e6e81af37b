package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/userbehavior/behavior"
	"github.com/userbehavior/behavior/account"
	"github.com/userbehavior/behavior/internal/django"
)

// takeUsers takes over the people who can sign in, a thousand at a time.
func (t *takeover) takeUsers(ctx context.Context) error {
	total, err := t.source.Count(ctx, django.Users)
	if err != nil {
		return err
	}
	t.tally.begin(django.Users, total)
	var group []account.Taken
	var ids []string
	for r, err := range t.source.Records(ctx, django.Users) {
		if err != nil {
			return err
		}
		one, err := t.user(r)
		id, _ := r.Text("id")
		switch {
		case err != nil:
			t.tally.refuse(django.Users, id, reason(err))
			continue
		case t.users == "staff" && one.Person.Role == behavior.RoleUser:
			t.tally.show(django.Users, 1)
			continue
		}
		if group, ids = append(group, one), append(ids, id); len(group) == 1000 {
			if err := t.takeGroup(ctx, group, ids); err != nil {
				return err
			}
			group, ids = nil, nil
		}
	}
	if err := t.takeGroup(ctx, group, ids); err != nil || t.tally.taken[django.Users] == 0 {
		return err
	}
	return t.people.Note(context.WithoutCancel(ctx), behavior.AuditEntry{
		User: commandLine, Deed: behavior.DeedAdd, Kind: behavior.KindPerson,
		Object: count(t.tally.taken[django.Users], "person"), Note: "Taken over from a Django site.",
	})
}

// user makes a person of a record.
func (t *takeover) user(r django.Record) (one account.Taken, err error) {
	p := &one.Person
	p.ID, _ = r.Text("id")
	name, ok := r.Text("username")
	if !ok { // a site's own users may have nothing but an address
		name, _ = r.Text("email")
	}
	p.Name, p.Active, p.Role = name, true, behavior.RoleUser
	if is, ok := djangoBool(r, "is_active"); ok {
		p.Active = is
	}
	if is, _ := djangoBool(r, "is_staff"); is {
		p.Role, p.Rights = behavior.RoleStaff, behavior.AllRights
	}
	if is, _ := djangoBool(r, "is_superuser"); is {
		p.Role, p.Rights = behavior.RoleSuperuser, 0
	}
	if _, ok := r.Text("date_joined"); ok {
		if p.Created, err = t.moment(r, "date_joined"); err != nil {
			return account.Taken{}, err
		}
	}
	if _, ok := r.Text("last_login"); ok {
		if p.LastSignIn, err = t.moment(r, "last_login"); err != nil {
			return account.Taken{}, err
		}
	}
	one.Hash, _ = r.Text("password")
	return one, nil
}

func djangoBool(r django.Record, column string) (is, ok bool) {
	text, ok := r.Text(column)
	is, err := strconv.ParseBool(text)
	return is, ok && err == nil
}

// takeGroup takes over some people, and counts what became of each.
func (t *takeover) takeGroup(ctx context.Context, group []account.Taken, ids []string) error {
	if err := ctx.Err(); err != nil || len(group) == 0 {
		return err
	}
	if err := t.people.Take(context.WithoutCancel(ctx), group); err != nil {
		return err
	}
	for i, one := range group {
		switch {
		case errors.Is(one.Err, behavior.ErrDuplicate):
			t.tally.there[django.Users]++
		case errors.Is(one.Err, behavior.ErrConflict):
			t.tally.refuse(django.Users, ids[i], "name: somebody else has it, who stays as they are")
		case one.Err != nil:
			t.tally.refuse(django.Users, ids[i], reason(one.Err))
		default:
			t.tally.taken[django.Users]++
			if one.NoPassword {
				t.tally.mention(noPassword, one.Person.Name)
			}
			if one.Person.ID != ids[i] {
				t.tally.mention(otherID, fmt.Sprintf("%s (%s, was %s)", one.Person.Name, one.Person.ID, ids[i]))
			}
		}
	}
	t.tally.show(django.Users, len(group))
	return nil
}
