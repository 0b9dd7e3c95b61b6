# The figures of a report as rules: jq -s -f figures.jq rules.json area.json
.[0] as $rules | .[1] as $report |
$rules | .figures = (
    [$rules.figures[]? | select(.select.library != $report.library.library and (.select.family == null))] +
    [$report.rows[] | {select: {engine, n, shape, with, library}, field: "ge_per_lane", expect: .ge_per_lane, tolerance: 0.02}] +
    [$report.rows[] | select(.with == "tile") | {select: {engine, n, shape, with, library}, field: "path_ns", expect: .path_ns, tolerance: 0.1}] +
    [$report.blocks[] | {select: {engine, library}, field: "ge", expect: .ge, tolerance: 0.03}] +
    [$report.fpga[]? | {select: {engine, n, shape, family}, field: "lut", expect: .lut, tolerance: 0.03}] +
    (if ($report.fpga | length) > 0 then [] else [$rules.figures[]? | select(.select.family != null)] end)
)
