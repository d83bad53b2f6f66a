load ARG0[1:strstrt(ARG0, "laws.gnuplot") - 1]."style.gnuplot"
set output "laws.svg"
set title "120 published models: the 2024 law, and the 2026 law without each model's family"
set xlabel "predicted MMLU"
set ylabel "reported MMLU"
set xrange [20:100]
set yrange [20:100]
set key top left
plot x with lines ls 9 notitle, "laws.csv" skip 1 using 6:5 with points ls 2 title "2024", \
     "" skip 1 using 7:5 with points ls 1 title "2026, family left out"
