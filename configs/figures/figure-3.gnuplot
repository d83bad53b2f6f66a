load ARG0[1:strstrt(ARG0, "figure-3.gnuplot") - 1]."style.gnuplot"
set output "figure-3.svg"
set title "Performance Law over layers: Llama 3 8B's hidden and FFN sizes, 15T tokens"
set xlabel "layers"
set ylabel "MMLU"
set key bottom left
plot for [i=2:4] "figure-3.csv" using 1:i with lines ls i-1 title columnheader
