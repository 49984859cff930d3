// Renders a chart's templates with Go's own template engine, for tests where there is no helm. Of helm's functions it has those
// that this chart uses, each as helm has it; toYaml writes JSON, which is YAML. From standard input it reads
// {"files": {name: text}, "data": {"Values": …, "Release": …, "Chart": …}}, and writes {name: text}, or what is wrong.

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"text/template"
)

type input struct {
	Files map[string]string
	Data  map[string]any
}

func main() {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		end(err)
	}
	all := template.New("chart").Option("missingkey=error")
	all.Funcs(functions(all))
	names := make([]string, 0, len(in.Files))
	for name, text := range in.Files {
		if _, err := all.New(name).Parse(text); err != nil {
			end(err)
		}
		names = append(names, name)
	}
	sort.Strings(names)
	out := map[string]string{}
	for _, name := range names {
		var text bytes.Buffer
		if err := all.ExecuteTemplate(&text, name, in.Data); err != nil {
			end(err)
		}
		out[name] = text.String()
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		end(err)
	}
}

func end(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func functions(all *template.Template) template.FuncMap {
	return template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var text bytes.Buffer
			err := all.ExecuteTemplate(&text, name, data)
			return text.String(), err
		},
		"toYaml": toLines,
		"toJson": toJSON,
		"nindent": func(spaces int, text string) string {
			indent := strings.Repeat(" ", spaces)
			return "\n" + indent + strings.ReplaceAll(text, "\n", "\n"+indent)
		},
		"default": func(other, value any) any {
			if isEmpty(value) {
				return other
			}
			return value
		},
		"quote":      func(value any) string { return fmt.Sprintf("%q", fmt.Sprint(value)) },
		"contains":   func(part, text string) bool { return strings.Contains(text, part) },
		"trimSuffix": func(suffix, text string) string { return strings.TrimSuffix(text, suffix) },
		"replace":    func(old, by, text string) string { return strings.ReplaceAll(text, old, by) },
		"upper":      strings.ToUpper,
		"trunc": func(most int, text string) string {
			if len(text) > most {
				return text[:most]
			}
			return text
		},
		"mul":       func(a, b any) int64 { return whole(a) * whole(b) },
		"sha256sum": func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) },
		"fail":      func(message string) (string, error) { return "", errors.New(message) },
	}
}

// As helm's toYaml has a line for each key or item, so has this: it may stand where more of them follow.
func toLines(value any) (string, error) {
	if list, isList := value.([]any); isList && len(list) > 0 {
		lines := make([]string, 0, len(list))
		for _, item := range list {
			text, err := toJSON(item)
			if err != nil {
				return "", err
			}
			lines = append(lines, "- "+text)
		}
		return strings.Join(lines, "\n"), nil
	}
	object, isObject := value.(map[string]any)
	if !isObject || len(object) == 0 {
		return toJSON(value)
	}
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	lines := make([]string, 0, len(keys))
	for _, key := range keys {
		text, err := toJSON(object[key])
		if err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprintf("%q: %s", key, text))
	}
	return strings.Join(lines, "\n"), nil
}

func toJSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

func isEmpty(value any) bool {
	if value == nil {
		return true
	}
	of := reflect.ValueOf(value)
	switch of.Kind() {
	case reflect.String, reflect.Slice, reflect.Map:
		return of.Len() == 0
	default:
		return of.IsZero()
	}
}

// Numbers of JSON are float64, as those of values.yaml are in helm.
func whole(value any) int64 {
	switch number := value.(type) {
	case float64:
		return int64(number)
	case int:
		return int64(number)
	default:
		end(fmt.Errorf("%v is no number", value))
		return 0
	}
}
