package check

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/types"
	"github.com/docker/go-units"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

const trusted = "USER_BEHAVIOR_TRUSTED_PROXIES"

// networks are those that a project's services are in, by file.
var networks = map[string]netip.Prefix{}

// trust fails the test where a project's servers believe others than those of
// their own network, of which the proxy before it comes, or can be reached from
// other machines.
func trust(t *testing.T, project *types.Project) {
	t.Helper()
	pools := project.Networks["default"].Ipam.Config
	if len(pools) != 1 {
		t.Fatal("its network is not its own")
	}
	network := netip.MustParsePrefix(pools[0].Subnet)
	for other, taken := range networks {
		if taken.Overlaps(network) {
			t.Errorf("its network is that of %s, too", other)
		}
	}
	networks[project.Name] = network
	for name, service := range project.Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s is open to other machines, without TLS", name)
			}
		}
		if service.Build == nil {
			continue
		}
		if believed := service.Environment[trusted]; believed == nil {
			t.Errorf("%s does not say whom it believes", name)
		} else if *believed != network.String() {
			t.Errorf("%s believes %s, and its network is %s", name, *believed, network)
		}
		limit, err := units.RAMInBytes(*service.Environment["USER_BEHAVIOR_MEMORY_LIMIT"])
		if err != nil || int64(service.MemLimit) < limit*3/2 {
			t.Errorf("%s may take %d bytes and aims at %d, error %v", name, service.MemLimit, limit, err)
		}
	}
	if _, ok := project.Services["proxy"]; ok {
		proxyTrusts(t, network)
	}
}

// proxyTrusts fails the test unless our proxy believes a network, in both places.
func proxyTrusts(t *testing.T, network netip.Prefix) {
	t.Helper()
	text, err := os.ReadFile("../proxy/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^ *(?:set_real_ip_from )?([0-9.]+/[0-9]+)(?: 1)?;$`).FindAllSubmatch(text, -1)
	if len(found) != 2 {
		t.Fatalf("the proxy believes %q", found)
	}
	for _, f := range found {
		if p := netip.MustParsePrefix(string(f[1])); p.Bits() < 24 || !p.Contains(network.Addr()) {
			t.Errorf("the proxy believes %s, and before it is %s", p, network)
		}
	}
}

// TestPasswords runs what Compose's files say about their passwords.
func TestPasswords(t *testing.T) {
	var commands []string
	for _, file := range []string{"postgres.yaml", "clickhouse.yaml"} {
		text, err := os.ReadFile(filepath.Join("../compose", file))
		if err != nil {
			t.Fatal(err)
		}
		found := regexp.MustCompile(`(?m)^#   (\(umask .*)$`).FindSubmatch(text)
		if found == nil {
			t.Fatalf("%s does not say how to make passwords", file)
		}
		commands = append(commands, string(found[1]))
	}
	dir := t.TempDir()
	made := filepath.Join(dir, "deploy/compose/.env")
	if err := os.MkdirAll(filepath.Dir(made), 0o755); err != nil {
		t.Fatal(err)
	}
	var first []byte
	for i, command := range commands {
		c := exec.CommandContext(t.Context(), "sh", "-c", command)
		c.Dir = dir
		if out, err := c.CombinedOutput(); (err == nil) != (i == 0) {
			t.Errorf("the command of file %d: %v\n%s", i, err, out)
		}
		text, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = text
		}
		if !bytes.Equal(text, first) {
			t.Error("the passwords of one file are lost with those of the other")
		}
	}
	if !regexp.MustCompile(`^CLICKHOUSE_PASSWORD=[0-9a-f]{48}\nPOSTGRES_PASSWORD=[0-9a-f]{48}\n$`).Match(first) {
		t.Errorf("the passwords are %q", first)
	}
	if info, err := os.Stat(made); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file has mode %v, error %v", info.Mode(), err)
	}
}

// image fails the test unless a container's image is one that the Dockerfile
// says how to build.
func image(t *testing.T, c corev1.Container) {
	t.Helper()
	text, err := os.ReadFile("../docker/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(strings.Fields(string(text)), c.Image) {
		t.Errorf("%s runs %s, which nobody builds", c.Name, c.Image)
	}
	for _, e := range c.Env {
		if e.Name == trusted {
			t.Errorf("%s has proxies of its own: they are set in one place", c.Name)
		}
	}
}

// proxies fails the test unless pods are told of a network that somebody has
// looked at, and keep their metrics.
func proxies(t *testing.T, m *corev1.ConfigMap) {
	t.Helper()
	if p, err := netip.ParsePrefix(m.Data[trusted]); err != nil || p.Bits() < 16 {
		t.Errorf("believed is %v, error %v", p, err)
	}
	if m.Data["USER_BEHAVIOR_METRICS"] != "off" {
		t.Error("every pod may read the metrics")
	}
}

// policy fails the test unless a policy lets named ones in, and nobody else.
func policy(t *testing.T, p *networkingv1.NetworkPolicy) {
	t.Helper()
	if len(p.Spec.PodSelector.MatchLabels) == 0 || len(p.Spec.Ingress) != 1 || len(p.Spec.Ingress[0].From) == 0 {
		t.Fatal("it lets everybody in")
	}
	for _, from := range p.Spec.Ingress[0].From {
		if from.NamespaceSelector == nil || len(from.NamespaceSelector.MatchLabels) == 0 {
			t.Error("it lets everybody in")
		}
	}
}
