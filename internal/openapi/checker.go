package openapi

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

//go:embed description/api.github.com.json
var text []byte

// Checker holds the description. It may be used by one goroutine at a time.
type Checker struct {
	doc        *openapi3.T
	operations []operation
}

// New reads the description and departs from it where deviation.go says so.
func New() (*Checker, error) {
	openapi3filter.RegisterBodyDecoder("application/vnd.github.sha", openapi3filter.PlainBodyDecoder)
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("the description cannot be read: %w", err)
	}
	c := &Checker{doc: doc, operations: operations(doc)}
	if err := c.deviate(); err != nil {
		return nil, err
	}
	for _, op := range c.operations {
		closeBody(op)
	}
	return c, c.checkProse()
}

// closeBody makes members of a request that the description does not name an error: GitHub ignores them, so a
// misspelt one would go unnoticed.
func closeBody(op operation) {
	if op.RequestBody == nil {
		return
	}
	for _, media := range op.RequestBody.Value.Content {
		closeSchema(media.Schema.Value)
	}
}

func closeSchema(s *openapi3.Schema) {
	if len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		closed := false
		s.AdditionalProperties.Has = &closed
	}
	for _, member := range s.Properties {
		closeSchema(member.Value)
	}
	if s.Items != nil {
		closeSchema(s.Items.Value)
	}
	for _, choice := range slices.Concat(s.OneOf, s.AnyOf) {
		closeSchema(choice.Value)
	}
}

// Check returns what is wrong with an exchange.
func (c *Checker) Check(e Exchange) []string {
	op, params, ok := c.find(e.Method, e.Path)
	if !ok {
		return []string{"the description has no such operation"}
	}
	input, err := e.input(c.doc, op, params)
	if err != nil {
		return []string{err.Error()}
	}
	said := prefixed("request: ", checkRequest(op, input))
	if e.Status == 0 {
		return said
	}
	wrong := c.checkResponse(op, input, e)
	switch {
	case !e.Broken:
		said = append(said, prefixed("response: ", wrong)...)
	case len(wrong) == 0:
		said = append(said, "response: it is said to be broken, and is a good answer")
	}
	return said
}

// input is the exchange as the validator wants it.
func (e Exchange) input(doc *openapi3.T, op operation, params map[string]string) (*openapi3filter.RequestValidationInput, error) {
	target := "https://api.github.com" + e.Path
	if e.Query != "" {
		target += "?" + e.Query
	}
	r, err := http.NewRequest(e.Method, target, strings.NewReader(string(e.RequestBody)))
	if err != nil {
		return nil, err
	}
	r.Header = e.RequestHeader.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	query, err := url.ParseQuery(e.Query)
	if err != nil {
		return nil, fmt.Errorf("request: the query does not parse: %w", err)
	}
	return &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, QueryParams: query,
		Route: &routers.Route{Spec: doc, Path: op.path, PathItem: doc.Paths.Value(op.path), Method: op.method, Operation: op.Operation},
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true, SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}, nil
}

func checkRequest(op operation, input *openapi3filter.RequestValidationInput) []string {
	var said []string
	for name := range input.QueryParams {
		if op.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			said = append(said, fmt.Sprintf("the operation has no query parameter %q", name))
		}
	}
	slices.Sort(said)
	return append(said, sentences(openapi3filter.ValidateRequest(context.Background(), input))...)
}

// checkResponse holds the answer against what the operation declares for its status.
func (c *Checker) checkResponse(op operation, input *openapi3filter.RequestValidationInput, e Exchange) []string {
	if op.Responses.Status(e.Status) == nil {
		return c.undeclared(e)
	}
	if op.toldType(e) {
		return nil
	}
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: e.Status, Header: e.ResponseHeader, Options: input.Options,
	}
	response.SetBodyBytes(e.ResponseBody)
	said := sentences(openapi3filter.ValidateResponse(context.Background(), response))
	declared := op.Responses.Status(e.Status).Value
	if len(declared.Content) == 0 && len(e.ResponseBody) > 0 {
		said = append(said, "it has a body, and none is declared")
	}
	for name := range declared.Headers {
		if name != "Link" && e.ResponseHeader.Get(name) == "" { // Link is there only if there are more pages
			said = append(said, "it lacks the declared header "+name)
		}
	}
	slices.Sort(said)
	return said
}

func prefixed(with string, all []string) []string {
	said := make([]string, len(all))
	for i, text := range all {
		said[i] = with + text
	}
	return said
}

// sentences takes the validator's findings apart: where, and why.
func sentences(err error) []string {
	if err == nil {
		return nil
	}
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var said []string
		for _, one := range many {
			said = append(said, sentences(one)...)
		}
		return said
	}
	var where string
	var request *openapi3filter.RequestError
	if errors.As(err, &request) && request.Parameter != nil {
		where = request.Parameter.In + " parameter " + request.Parameter.Name + ": "
	}
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		if at := strings.Join(schema.JSONPointer(), "."); at != "" {
			where += at + ": "
		}
		return []string{where + schema.Reason}
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return []string{where + text}
}
