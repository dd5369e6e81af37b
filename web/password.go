package web

// passwordField is a field for a password, as the template "password" shows it.
type passwordField struct {
	Name, Label  string
	Autocomplete string // what a password manager fills in
	Problems     []string
}

// newPasswordFields are the two fields for a new password.
func newPasswordFields(one, two string) (first, second passwordField) {
	return passwordField{Name: one, Label: "New password", Autocomplete: "new-password"},
		passwordField{Name: two, Label: "New password again", Autocomplete: "new-password"}
}

// notRepeated is the reference's text.
const notRepeated = "The two password fields didn’t match."

// passwordRules are the rules of a new password, as the template "rules" shows
// them, with the ids of the fields that they are about.
type passwordRules struct {
	Password, Repeated, NameField string
	Rules                         []passwordRule
}

// passwordRule is one rule, by its name for the script and in the reference's words.
type passwordRule struct{ Rule, Text string }

func newPasswordRules(password, repeated, name string) passwordRules {
	return passwordRules{Password: password, Repeated: repeated, NameField: name, Rules: []passwordRule{
		{"length", "Your password must contain at least 8 characters."},
		{"numeric", "Your password can’t be entirely numeric."},
		{"similar", "Your password can’t be too similar to your username."},
		{"common", "Your password can’t be a commonly used password."},
		{"match", "Both fields have the same password."},
	}}
}
