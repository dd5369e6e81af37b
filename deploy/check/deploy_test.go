// Package check reads the files in deploy as those do that they are for: with
// Compose's own loader, the types of Kubernetes, BuildKit's parser. Where the
// programs are there, systemd-analyze and nginx have their say too.
package check

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/yaml"
)

// missing skips a test for want of a program, or fails it where that is required.
func missing(t *testing.T, what, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("BEHAVIOR_TEST_REQUIRE"), ","), what) {
		t.Fatal(why)
	}
	t.Skip(why)
}

// files are those of a pattern below deploy.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("..", pattern))
	if err != nil || len(found) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	return found
}

func TestCompose(t *testing.T) {
	for _, file := range files(t, "compose/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			options, err := cli.NewProjectOptions([]string{file}, cli.WithEnv([]string{"POSTGRES_PASSWORD=p", "CLICKHOUSE_PASSWORD=c"}))
			if err != nil {
				t.Fatal(err)
			}
			project, err := options.LoadProject(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			trust(t, project)
			for name, service := range project.Services {
				if b := service.Build; b != nil {
					stage(t, filepath.Join(b.Context, b.Dockerfile), b.Target)
				}
				for _, v := range service.Volumes {
					if _, err := os.Stat(v.Source); v.Type == "bind" && err != nil {
						t.Errorf("%s mounts what is not there: %v", name, err)
					}
				}
				if service.Image != "" && !strings.Contains(service.Image, ":") {
					t.Errorf("%s: the image %s has no version", name, service.Image)
				}
			}
		})
	}
}

// stage fails the test unless a Dockerfile has a stage; an empty name is its last.
func stage(t *testing.T, file, name string) {
	t.Helper()
	if stages := dockerfile(t, file); name != "" && !slices.ContainsFunc(stages, func(s instructions.Stage) bool { return s.Name == name }) {
		t.Errorf("%s has no stage %s", file, name)
	}
}

// dockerfile parses a Dockerfile; what BuildKit warns of fails the test.
func dockerfile(t *testing.T, file string) []instructions.Stage {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range parsed.Warnings {
		t.Errorf("%s: %s", file, w.Short)
	}
	lint := linter.New(&linter.Config{Warn: func(rule, description, _, message string, _ []parser.Range) {
		t.Errorf("%s: %s: %s (%s)", file, rule, message, description)
	}})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		t.Fatal(err)
	}
	return stages
}

func TestDockerfile(t *testing.T) {
	stages := dockerfile(t, "../docker/Dockerfile")
	names := map[string]bool{}
	for _, s := range stages {
		if from := s.BaseName; from != "scratch" && !names[from] && !strings.Contains(from, ":") {
			t.Errorf("stage %s is from %s, which is neither a stage nor has a version", s.Name, from)
		}
		for _, c := range s.Commands {
			if c, ok := c.(*instructions.CopyCommand); ok && c.From != "" && !names[c.From] {
				t.Errorf("stage %s copies from %s, which is no stage before it", s.Name, c.From)
			}
		}
		names[s.Name] = true
	}
}

// kinds are the objects of Kubernetes that we have.
var kinds = map[metav1.TypeMeta]func() any{
	{APIVersion: "v1", Kind: "Service"}:                         func() any { return new(corev1.Service) },
	{APIVersion: "apps/v1", Kind: "StatefulSet"}:                func() any { return new(appsv1.StatefulSet) },
	{APIVersion: "apps/v1", Kind: "Deployment"}:                 func() any { return new(appsv1.Deployment) },
	{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"}:      func() any { return new(policyv1.PodDisruptionBudget) },
	{APIVersion: "v1", Kind: "ConfigMap"}:                       func() any { return new(corev1.ConfigMap) },
	{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"}:       func() any { return new(networkingv1.Ingress) },
	{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"}: func() any { return new(networkingv1.NetworkPolicy) },
}

func TestKubernetes(t *testing.T) {
	for _, file := range files(t, "kubernetes/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			documents := yaml.NewDocumentDecoder(f)
			defer documents.Close()
			n := 0
			for ; ; n++ {
				text := make([]byte, 1<<16)
				size, err := documents.Read(text)
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				object(t, text[:size])
			}
			if n == 0 {
				t.Error("it has no objects")
			}
		})
	}
}

// object fails the test unless a text is an object of a kind we know, without a
// field that the kind has not.
func object(t *testing.T, text []byte) {
	t.Helper()
	var meta metav1.TypeMeta
	if err := strict.Unmarshal(text, &meta); err != nil {
		t.Fatal(err)
	}
	make, ok := kinds[meta]
	if !ok {
		t.Fatalf("%s %s is no kind of ours", meta.APIVersion, meta.Kind)
	}
	into := make()
	if err := strict.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %v", meta.Kind, err)
	}
	switch o := into.(type) {
	case *appsv1.StatefulSet:
		pod(t, o.Spec.Selector, o.Spec.Template)
		if *o.Spec.Replicas != 1 {
			t.Error("the embedded engine belongs to one process")
		}
	case *appsv1.Deployment:
		pod(t, o.Spec.Selector, o.Spec.Template)
	case *corev1.ConfigMap:
		proxies(t, o)
	case *networkingv1.NetworkPolicy:
		policy(t, o)
	}
}

// pod fails the test unless a selector finds its pods, and what a pod mounts and
// the ports that it is asked at are there.
func pod(t *testing.T, selector *metav1.LabelSelector, p corev1.PodTemplateSpec) {
	t.Helper()
	found, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil || found.Empty() {
		t.Fatalf("the selector: %v", err)
	}
	labels := p.Labels
	for name, value := range selector.MatchLabels {
		if labels[name] != value {
			t.Errorf("the selector does not find its own pods: %s", name)
		}
	}
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		image(t, c)
		for _, probe := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			if probe != nil && !slices.ContainsFunc(c.Ports, func(port corev1.ContainerPort) bool { return port.Name == probe.HTTPGet.Port.String() }) {
				t.Errorf("%s is asked at port %s, which it has not", c.Name, probe.HTTPGet.Port.String())
			}
		}
	}
}

// TestSystemd has systemd read the unit, and judge how much it could do.
func TestSystemd(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		missing(t, "systemd", "no systemd-analyze: on Debian, `apt-get install systemd` brings it")
	}
	text, err := os.ReadFile("../systemd/behavior.service")
	if err != nil {
		t.Fatal(err)
	}
	// The program is not installed here, any other will do.
	unit := filepath.Join(t.TempDir(), "behavior.service")
	if err := os.WriteFile(unit, bytes.ReplaceAll(text, []byte("/usr/local/bin/behavior"), []byte("/bin/true")), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"verify", "--man=no", unit}, {"security", "--offline=true", "--threshold=20", unit}} {
		if out, err := exec.CommandContext(t.Context(), "systemd-analyze", args...).CombinedOutput(); err != nil {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
	}
}
