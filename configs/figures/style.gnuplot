# What the figures have in common; `load`ed by each.
set terminal svg size 720,480 font "sans-serif,13" background "white"
set datafile separator comma
set border 3 lc rgb "#444444"
set tics nomirror out
set grid lc rgb "#dddddd"
set style line 1 lc rgb "#0072b2" lw 2 pt 7 ps 0.6
set style line 2 lc rgb "#d55e00" lw 2 pt 5 ps 0.6
set style line 3 lc rgb "#009e73" lw 2 pt 9 ps 0.6
set style line 9 lc rgb "#888888" lw 1 dt 2
