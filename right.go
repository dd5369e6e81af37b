package behavior

import (
	"slices"
	"strings"
)

// Right is one thing that a person may do in the admin with the records of one
// kind.
type Right string

// The rights. A person who may change records may view them too.
const (
	CanView   Right = "view"
	CanAdd    Right = "add"
	CanChange Right = "change"
	CanDelete Right = "delete"
)

// rightNames are the rights in the order of their bits.
var rightNames = []Right{CanView, CanAdd, CanChange, CanDelete}

// Rights are what a person may do with records in the admin: a set of pairs of
// a [Kind] and a [Right]. The zero Rights are none.
type Rights uint16

// Some sets of rights.
const (
	AllRights  Rights = 1<<12 - 1
	ViewRights Rights = 0x111 // all records, nothing but looking
)

// rightBit is the bit of a pair, zero for one that does not exist.
func rightBit(kind Kind, right Right) Rights {
	k, r := slices.Index(Kinds(), kind), slices.Index(rightNames, right)
	if k < 0 || r < 0 {
		return 0
	}
	return 1 << (4*k + r)
}

// Has reports whether a right is among them.
func (r Rights) Has(kind Kind, right Right) bool {
	bit := rightBit(kind, right)
	return r&bit != 0 || right == CanView && r&rightBit(kind, CanChange) != 0
}

// With returns the rights and more of one kind.
func (r Rights) With(kind Kind, rights ...Right) Rights {
	for _, right := range rights {
		r |= rightBit(kind, right)
	}
	return r
}

// String lists the rights, "session.view session.add" for example: the form in
// which they are stored.
func (r Rights) String() string {
	var names []string
	for _, kind := range Kinds() {
		for _, right := range rightNames {
			if r&rightBit(kind, right) != 0 {
				names = append(names, string(kind)+"."+string(right))
			}
		}
	}
	return strings.Join(names, " ")
}

// ParseRights reads what String writes. Names of no right are left out.
func ParseRights(text string) Rights {
	var r Rights
	for name := range strings.FieldsSeq(text) {
		kind, right, _ := strings.Cut(name, ".")
		r |= rightBit(Kind(kind), Right(right))
	}
	return r
}
