//go:build unix

package testserver

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// servant is the user that servers run as which root must not run.
func servant() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, fmt.Errorf("root must not run this server, and there is no user postgres or nobody")
}

// giveAway makes a folder that of the user that servers run as.
func giveAway(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	as, err := servant()
	if err != nil {
		return err
	}
	return os.Chown(dir, int(as.Uid), int(as.Gid))
}

// stepDown has a command run as the user that servers run as.
func stepDown(c *exec.Cmd) {
	if os.Geteuid() != 0 {
		return
	}
	if as, err := servant(); err == nil {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	}
}
