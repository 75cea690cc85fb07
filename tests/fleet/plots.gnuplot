# SPDX-License-Identifier: GPL-3.0-or-later
# Draws series.csv, for 100,000 hosts and 50 requests a second.
set datafile separator ','
set grid
set key outside bottom center horizontal
set ylabel "requests per second"
set xlabel "hours from the beginning"
series(scenario, overload, policy) = sprintf("< grep '^%s,%s,%s,' series.csv", scenario, overload, policy)

names = "outage outage-timeout approval restart"
do for [format in "png svg"] {
    if (format eq "png") { set terminal pngcairo size 800,480 font "sans,11" }
    if (format eq "svg") { set terminal svg size 800,480 font "sans,13" }
    do for [name in names] {
        set output "fleet-".name.".".format
        scenario = name eq "outage-timeout" ? "outage" : name
        overload = name eq "outage-timeout" ? "timeout" : "refuse"
        unset logscale
        set autoscale
        if (scenario eq "restart") {
            set title "Servers restart one by one while all renew: the load stays under the capacity"
            set xrange [0:1.5]; set yrange [0:60]
        } else {
            set logscale y; set yrange [0.1:5000]; set xrange [0:12]
        }
        if (name eq "outage") { set title "An outage of 4 hours, server refuses: the helper's load stays under 2 times 50 a second" }
        if (name eq "outage-timeout") { set title "The same, but overload makes requests time out: retries keep it going" }
        if (name eq "approval") { set title "10,000 requests wait for approval: the helper polls less and less" }
        plot series(scenario, overload, "fixed") using ($4/60.0):5 with lines lw 1.5 lc rgb "#cc4444" title "every 60 s", \
             series(scenario, overload, "certmonger") using ($4/60.0):5 with lines lw 1.5 lc rgb "#888888" title "certmonger's waits", \
             series(scenario, overload, "helper") using ($4/60.0):5 with lines lw 2 lc rgb "#2255aa" title "helper", \
             50 with lines dt 2 lc rgb "black" title "capacity"
    }
}
