package main

import "fmt"

type checkCommand struct {
	storeOptions
	accountsFlag
	Addr string `placeholder:"HOST:PORT" help:"Where to listen (USER_BEHAVIOR_ADDR). Default: localhost:8000."`
}

// Help is printed by "behavior check --help".
func (*checkCommand) Help() string {
	return `
Reads the settings as "behavior serve" would and prints everything that is
wrong with them, each with the reference's code and a hint; or "No faults."
and what is in force. It opens nothing and changes nothing.

Exits with 0 when there is no fault, with 2 when there is one.

  behavior check
  behavior check --config staging.toml
  USER_BEHAVIOR_BASE_USER_THROTTLE_RATE=10/fortnight behavior check`
}

// Run checks the settings.
func (c *checkCommand) Run(p *process) error {
	c.accounts = c.Accounts
	conf, err := p.configure(c.storeOptions, c.Addr)
	if err != nil {
		return err
	}
	s, err := conf.settings.Check()
	if err != nil {
		return err
	}
	source := "none"
	if conf.file != "" {
		source = conf.file
	}
	fmt.Fprintf(p.stdout, `No faults.
  file      %s (%d settings), environment (%d settings)
  address   %s, below %s
  data      %s
  database  %s
  people    %s
  memory    %d MiB
  reading   %s
  writing   %s
  report    %s
`, source, conf.fromFile, conf.fromEnv, conf.addr, s.Prefix, conf.dir, conf.database, conf.accounts, conf.memory>>20,
		who(openToRead(s)), who(openToWrite(s)), who(openReport(s)))
	return nil
}

func who(everybody bool) string {
	if everybody {
		return "open to everybody"
	}
	return "restricted"
}
