load ARG0[1:strstrt(ARG0, "figure-1.gnuplot") - 1]."style.gnuplot"
set output "figure-1.svg"
set title "Table 1: 55 models, reported against the Performance Law"
set xlabel "predicted MMLU"
set ylabel "reported MMLU"
set xrange [30:100]
set yrange [30:100]
set key off
plot x with lines ls 9, "table-1.csv" skip 1 using 4:2 with points ls 1
