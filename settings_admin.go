package behavior

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// AdminSettings are the settings of the admin pages.
type AdminSettings struct {
	// Enabled serves the admin at all. Default On. USER_BEHAVIOR_ADMIN_ENABLED.
	Enabled Switch

	// HasAdd, HasChange and HasDelete say whether the admin lets anybody add,
	// change and delete records, HasModule whether it shows any. Default On.
	// What a person may do in the end is what these and the person's own
	// [User.Rights] allow. USER_BEHAVIOR_ADMIN_HAS_ADD_PERMISSION and so on.
	HasAdd, HasChange, HasDelete, HasModule Switch

	// StaffHasAll gives all staff every right, whatever their Rights: that is
	// how the reference does it. Default Off. USER_BEHAVIOR_ADMIN_STAFF_HAS_ALL.
	StaffHasAll Switch

	// PageSize is how many records a list shows at first. Zero: 10.
	// USER_BEHAVIOR_ADMIN_PAGE_SIZE.
	PageSize int

	// Site is what the pages call themselves, and what else their menu leads to.
	Site AdminSite
}

// AdminSite is the look of the admin. It has the purpose of an admin site of
// the reference's framework: USER_BEHAVIOR_ADMIN_SITE_CLASS names one of
// [Classes.AdminSites], and these settings change single words of it.
type AdminSite struct {
	Title      string // ends the titles of the pages. Empty: "User behavior". USER_BEHAVIOR_ADMIN_SITE_TITLE
	Header     string // stands at the top of each page. Empty: the Title. USER_BEHAVIOR_ADMIN_SITE_HEADER
	IndexTitle string // heads the first page. Empty: "Data". USER_BEHAVIOR_ADMIN_INDEX_TITLE

	// Menu is what else the menu leads to. USER_BEHAVIOR_ADMIN_MENU, where each
	// item is a title and an address: "Shop=/shop/".
	Menu []MenuEntry
}

// MenuEntry is one more place in the menu of the admin.
type MenuEntry struct {
	Title string
	URL   string // a path that begins with a slash, or an address with http or https
}

// Allows reports whether the settings let anybody do this.
func (a AdminSettings) Allows(right Right) bool {
	switches := map[Right]Switch{CanView: a.HasModule, CanAdd: a.HasAdd, CanChange: a.HasChange, CanDelete: a.HasDelete}
	return a.HasModule == On && switches[right] == On
}

// May reports whether a user has a right in the end: by the settings, and by
// the user's own rights.
func (a AdminSettings) May(u User, kind Kind, right Right) bool {
	return a.Allows(right) && (u.May(kind, right) || u.Staff && a.StaffHasAll == On)
}

func (a *AdminSettings) complete() {
	for _, s := range []*Switch{&a.Enabled, &a.HasAdd, &a.HasChange, &a.HasDelete, &a.HasModule} {
		*s = cmp.Or(*s, On)
	}
	a.StaffHasAll = cmp.Or(a.StaffHasAll, Off)
	a.PageSize = cmp.Or(a.PageSize, 10)
	a.Site.Title = cmp.Or(a.Site.Title, "User behavior")
	a.Site.Header = cmp.Or(a.Site.Header, a.Site.Title)
	a.Site.IndexTitle = cmp.Or(a.Site.IndexTitle, "Data")
	a.Site.Menu = slices.Clone(a.Site.Menu)
}

// maxPageSize is the longest page of a list in the admin.
const maxPageSize = 200

// check adds what is wrong.
func (a AdminSettings) check(faults *Faults) {
	if a.PageSize < 0 || a.PageSize > maxPageSize {
		faults.add("E020", settingPrefix+"ADMIN_PAGE_SIZE", fmt.Sprintf("'%sADMIN_PAGE_SIZE' must be from 1 to %d. Found: %d.", settingPrefix, maxPageSize, a.PageSize), "")
	}
	for _, entry := range a.Site.Menu {
		if entry.Title == "" || !menuURL(entry.URL) {
			faults.add("E035", settingPrefix+"ADMIN_MENU", fmt.Sprintf("'%sADMIN_MENU' has an entry that leads nowhere: '%s=%s'.", settingPrefix, entry.Title, entry.URL), menuHint)
		}
	}
}

const menuHint = "Write a title and an address (e.g., 'Shop=/shop/', 'Wiki=https://wiki.example.com/')."

// menuURL reports whether a menu can lead there: no script, no other scheme.
func menuURL(url string) bool {
	return strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "//") && !strings.HasPrefix(url, "/\\") ||
		strings.HasPrefix(url, "https://") || strings.HasPrefix(url, "http://")
}

// menu reads a list of "Title=address".
func (r *reader) menu(name string, value any) {
	items, ok := listItems(value)
	if !ok && value != nil {
		r.faults.add("E035", name, fmt.Sprintf("'%s' must be a list of texts.", name), menuHint)
		return
	}
	var entries []MenuEntry
	for _, item := range items {
		title, url, found := strings.Cut(itemText(item), "=")
		if !found {
			r.faults.add("E035", name, fmt.Sprintf("'%s' has an entry without an address: '%s'.", name, title), menuHint)
			continue
		}
		entries = append(entries, MenuEntry{Title: strings.TrimSpace(title), URL: strings.TrimSpace(url)})
	}
	r.settings.Admin.Site.Menu = entries
}

// word reads a text into one word of the admin site; nil leaves it as it is.
func word(name string, of func(*AdminSite) *string) setting {
	return setting{name: name, read: func(r *reader, name string, value any) {
		if text, ok := r.text("E035", name, value); ok {
			*of(&r.settings.Admin.Site) = text
		}
	}}
}
