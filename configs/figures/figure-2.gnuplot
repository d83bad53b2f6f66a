load ARG0[1:strstrt(ARG0, "figure-2.gnuplot") - 1]."style.gnuplot"
set output "figure-2.svg"
set title "Performance Law over tokens: Llama 3 8B's shape"
set xlabel "training tokens (trillions)"
set ylabel "MMLU"
set logscale x
set xrange [0.1:15]
set key bottom right
plot for [i=2:4] "figure-2.csv" using 1:i with lines ls i-1 title columnheader
