load ARG0[1:strstrt(ARG0, "inversion-calibration.gnuplot") - 1]."style.gnuplot"
set output "inversion-calibration.svg"
set datafile columnheaders
set title "89 published models from their MMLU alone, their families left out"
set xlabel "true parameters (billions)"
set ylabel "inferred parameters (billions)"
set logscale xy
set xrange [0.4:1000]
set yrange [0.1:3000]
set key top left
only(s, v) = strcol(s) eq "mmlu" ? v : 1/0
b(c) = only("known", column(c) / 1e9)
plot x with lines ls 9 notitle, \
     "inversion-calibration.csv" using (b("total_params")):(b("total_params_q50")):(b("total_params_q05")):(b("total_params_q95")) with yerrorbars lc rgb "#9ecae1" lw 1 pt 0 title "90%", \
     "" using (b("total_params")):(b("total_params_q50")):(b("total_params_q25")):(b("total_params_q75")) with yerrorbars lc rgb "#0072b2" lw 2 pt 7 ps 0.5 title "50% and median"
