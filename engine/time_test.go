package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"onebrc/engine"
	"onebrc/parse/delimited"
)

func TestTimeErrors(t *testing.T) {
	key := func(part engine.TimePart, unit engine.TimeUnit) engine.Column {
		return engine.Column{Name: "k", Part: part, Unit: unit}
	}
	month := key("month", "s")
	for want, q := range map[string]engine.Query{
		`unknown part of a time "decade"; there are: year, month, day, hour, minute, weekday`: {By: []engine.Column{key("decade", "")}},
		`unknown unit of time "h"; there are: s, ms, us, ns`:                                  {By: []engine.Column{key("day", "h")}},
		`the unit "s" needs a part of a time`:                                                 {By: []engine.Column{key("", "s")}},
		`only a key can be a part of a time, got month`:                                       {Aggregates: []engine.Aggregation{{Func: "count", Of: &month}}},
		`no column "k"; the header has: a, b`:                                                 {By: []engine.Column{month}},
	} {
		_, err := engine.GroupBy(t.Context(), q, engine.Options{}, engine.Bytes("in", []byte("a,b\n")))
		require.EqualError(t, err, want)
	}
	require.EqualError(t, engine.Query{Where: engine.Comparison{Column: month, Op: "="}}.Check(), `only a key can be a part of a time, got month`)
	_, err := engine.GroupBy(t.Context(), engine.Query{By: []engine.Column{key("month", "")}}, engine.Options{}, engine.Bytes("in", []byte("k\n2026-02-29\n")))
	require.ErrorIs(t, err, delimited.BadTime)
	require.EqualError(t, err, `in:2: byte 2: bad-time: "2026-02-29"`)
}
