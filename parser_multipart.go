package behavior

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// MultiPartParser reads multipart forms, class
// rest_framework.parsers.MultiPartParser. Uploaded files are not kept: of them
// only the name remains.
var MultiPartParser = Parser{MediaType: "multipart/form-data", Parse: parseMultipart}

func parseMultipart(body io.Reader, params map[string]string) (Payload, error) {
	boundary, ok := params["boundary"]
	if !ok || boundary == "" {
		return Payload{}, multipartError("Invalid boundary in multipart: None")
	}
	p := Payload{Form: url.Values{}, Files: map[string]bool{}}
	charset := charsetOf(params["charset"])
	reader := multipart.NewReader(body, boundary)
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) { // also where the last boundary is missing, as the reference has it
			return p, nil
		}
		if err == nil && n >= maxFields {
			return Payload{}, tooManyFields("Multipart form")
		}
		if err == nil {
			err = p.add(part, charset)
		}
		if err != nil {
			return Payload{}, multipartFault(err)
		}
	}
}

// add adds a part to the payload.
func (p Payload) add(part *multipart.Part, c charset) error {
	name, file := strings.ToValidUTF8(part.FormName(), "\uFFFD"), part.FileName()
	switch {
	case name == "":
		return nil
	case file != "":
		p.Files[name] = true
		p.Form[name] = append(p.Form[name], strings.ToValidUTF8(file, "\uFFFD"))
		return nil
	}
	raw, err := io.ReadAll(part)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if !p.Files[name] { // a file goes before text, wherever it stands
		p.Form[name] = append(p.Form[name], c.replace(raw))
	}
	return nil
}

// multipartFault is the answer to an error while reading parts. That of a
// body that is too large stays what it is.
func multipartFault(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fmt.Errorf("read body: %w", err)
	}
	return multipartError(strings.TrimPrefix(err.Error(), "multipart: "))
}

func multipartError(reason string) error {
	return ParseError("Multipart form parse error - " + reason)
}
