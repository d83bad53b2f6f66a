load ARG0[1:strstrt(ARG0, "closed-models.gnuplot") - 1]."style.gnuplot"
set output "closed-models.svg"
set datafile columnheaders
set title "Closed models: total parameters by all that is published (90%), beside single guesses"
set xlabel "parameters (billions)"
set logscale x
set xrange [10:5000000]
set format x "%.0s%c"
set yrange [-1:19] reverse
set lmargin 24
set grid noytics
set key outside top right
set terminal svg size 900,560 font "sans-serif,13" background "white"
set format x "10^{%L}"
g(c) = column(c) / 1e9
plot "closed-models.csv" using (g("total_params_q50")):0:(g("total_params_q05")):(g("total_params_q95")):ytic(1) with xerrorbars ls 1 lw 2 title "this project", \
     "" using (g("guess_total_omniscience_accuracy")):0 with points lc rgb "#d55e00" pt 5 ps 0.6 title "Omniscience", \
     "" using (g("guess_total_mmlu_pro")):0 with points lc rgb "#009e73" pt 9 ps 0.7 title "MMLU-Pro", \
     "" using (g("guess_total_intelligence_index")):0 with points lc rgb "#cc79a7" pt 11 ps 0.7 title "Intelligence Index", \
     "" using (g("guess_total_performance_law")):0 with points lc rgb "#000000" pt 13 ps 0.8 title "paper's guess"
