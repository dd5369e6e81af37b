package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
)

//go:embed dist
var dist embed.FS

// Asset is one built file of dist.
type Asset struct {
	Name    string
	Type    string // media type
	Version string // of the content: another content has another version
	Content []byte
}

var assets = loadAssets()

// Find returns the asset of that name.
func Find(name string) (Asset, bool) {
	a, ok := assets[name]
	return a, ok
}

// mediaTypes are set here because the operating system's table differs from
// machine to machine.
var mediaTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func loadAssets() map[string]Asset {
	all := make(map[string]Asset)
	err := fs.WalkDir(dist, "dist", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := dist.ReadFile(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		name, kind := path.Base(file), mediaTypes[path.Ext(file)]
		if kind == "" {
			kind = mime.TypeByExtension(path.Ext(file))
		}
		all[name] = Asset{Name: name, Type: kind, Version: hex.EncodeToString(sum[:6]), Content: content}
		return nil
	})
	if err != nil {
		panic(err) // an embedded file cannot be read
	}
	return all
}
