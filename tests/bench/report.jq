# What tests/bench/run makes of the results of keyfactor-bench.

def pad(width): tostring | . + (" " * ([width - length, 0] | max));
def right(width): tostring | (" " * ([width - length, 0] | max)) + .;
def fixed(places): pow(10; places) as $unit | (. * $unit | round) as $n |
    if places == 0 then $n | tostring else
        (($n / $unit | floor | tostring) + "." +
         ($n % $unit | tostring | ("0" * (places - length)) + .)) end;

# The ratio of the instructions of a comparison; null: they were not counted.
def instructions($plan):
    ($plan.commands[.left].instructions.total) as $left |
    ($plan.commands[.right].instructions.total) as $right |
    if $left and $right then $left / $right else null end;

def spread: "\(.median | fixed(2)) (\(.q1 | fixed(2))-\(.q3 | fixed(2)))";

# Who the other one is: what it does, and whom it trusts, is the same.
def other: if startswith("helper ") then ltrimstr("helper ")
    elif test(" --") then . else sub(" .*"; "") end;

def line($plan):
    "\(.left | ltrimstr("helper ") | pad(29)) \(.right | other | pad(17))" +
    "\(.cpu_ms.left.median | fixed(1) | right(5))\(.cpu_ms.right.median | fixed(1) | right(6))  " +
    "\(.cpu_ms.ratio | spread | pad(18))\(.wall_ms.ratio.median | fixed(2) | right(5))" +
    "\(.memory_kib.ratio.median | fixed(2) | right(7))" +
    (instructions($plan) | if . then fixed(2) else "-" end | right(7));

# What the helper is to take at most, of what the other takes.
def target($left; $right; $what; $limit):
    {left: $left, right: $right, quantity: $what, limit: $limit};
def all_targets:
    target("helper SUBMIT, one-file"; "curl SUBMIT, one-file"; "cpu_ms"; 1.0),
    target("helper SUBMIT, one-file"; "libcurl SUBMIT, one-file"; "cpu_ms"; 1.15),
    target("helper SUBMIT, system"; "curl SUBMIT, system"; "cpu_ms"; 0.6),
    target("helper SUBMIT, bundle"; "curl SUBMIT, bundle"; "cpu_ms"; 0.6),
    target("helper IDENTIFY"; "curl --version"; "cpu_ms"; 0.35),
    target("helper GET-DEFAULT-TEMPLATE"; "curl --version"; "cpu_ms"; 0.35),
    target("helper SUBMIT, one-file"; "curl SUBMIT, one-file"; "memory_kib"; 1.1),
    target("helper SUBMIT, system"; "curl SUBMIT, system"; "memory_kib"; 1.1);

# Those that this run has measured, as [{left, right, quantity, limit, ratio, met}].
def targets:
    . as $plan | [all_targets | . as $target |
        ($plan.comparisons[] | select(.left == $target.left and .right == $target.right)) |
        $target + {ratio: .[$target.quantity].ratio.median} | .met = (.ratio <= .limit)];

def target_line:
    "\(if .met then "met    " else "missed " end) \(.quantity | pad(11))" +
    "\(.ratio | fixed(2) | right(5)) of at most \(.limit | fixed(2)): \(.left) / \(.right)";

# In which files the instructions are.
def where: .total as $total | "\($total / 1000000 | fixed(1)) million instructions: " +
    ([.objects | to_entries | sort_by(-.value)[:6][] |
        "\(.key) \(100 * .value / $total | round) %"] | join(", "));

def table:
    . as $plan |
    "                                                CPU ms of    ratio of",
    "the helper                    the other            both      CPU (quartiles)    wall memory instr.",
    (.comparisons[] | line($plan)), "", (targets[] | target_line), "",
    ("helper SUBMIT, one-file", "curl SUBMIT, one-file" | . as $name |
        $plan.commands[$name].instructions // empty | "\($name): \(where)");
