# Draws samples "seconds<TAB>series<TAB>value" as an SVG line chart.
#   awk -v unit=MB -v limits="10:-m 10m|20:update -m 20m" -v top=22 -f plot.awk samples > plot.svg
# limits: dashed horizontal lines, VALUE:LABEL, separated by |.
BEGIN {
    FS = "\t"
    width = 760; height = 340; left = 62; right = 150; upper = 40; lower = 46
    split("#2563eb #dc2626 #16a34a #9333ea #ea580c", colours, " ")
}
{
    if (!($2 in number)) { number[$2] = ++series; name[series] = $2 }
    n = ++points[$2]
    x[$2, n] = $1; y[$2, n] = $3
    if ($1 > last) last = $1
    if ($3 > highest) highest = $3
}
function px(value) { return left + value / last * (width - left - right) }
function py(value) { return height - lower - value / top * (height - upper - lower) }
function step(range,   s) { s = 1; while (range / s > 10) { s *= 2; if (range / s <= 10) break; s *= 2.5; if (range / s <= 10) break; s *= 2 } return s }
END {
    if (last == 0) last = 1
    if (top == 0) top = highest * 1.1
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n", width, height
    printf "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height
    for (v = 0; v <= top; v += step(top)) {
        printf "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e5e7eb\"/>", left, width - right, py(v), py(v)
        printf "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"#374151\">%g</text>\n", left - 8, py(v) + 4, v
    }
    for (v = 0; v <= last; v += step(last)) {
        printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#9ca3af\"/>", px(v), px(v), height - lower, height - lower + 5
        printf "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#374151\">%g</text>\n", px(v), height - lower + 20, v
    }
    printf "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#374151\"/>\n", left, width - right, height - lower, height - lower
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"#374151\">s</text>\n", (left + width - right) / 2, height - 8
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#374151\">%s</text>\n", left - 8, upper - 16, unit
    k = split(limits, list, "|")
    for (i = 1; i <= k; i++) {
        at = index(list[i], ":"); v = substr(list[i], 1, at - 1); label = substr(list[i], at + 1)
        printf "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#6b7280\" stroke-dasharray=\"6 4\"/>", left, width - right, py(v), py(v)
        printf "<text x=\"%d\" y=\"%.1f\" fill=\"#6b7280\">%s</text>\n", width - right + 6, py(v) + 4, label
    }
    # the first one on top of the others
    for (s = series; s >= 1; s--) {
        line = ""
        for (i = 1; i <= points[name[s]]; i++) line = line sprintf("%.1f,%.1f ", px(x[name[s], i]), py(y[name[s], i]))
        printf "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"%s\"/>\n", colours[s], line
        printf "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"%s\" stroke-width=\"3\"/>", left + s * 110 - 98, left + s * 110 - 74, upper - 20, upper - 20, colours[s]
        printf "<text x=\"%d\" y=\"%d\" fill=\"#111827\">%s</text>\n", left + s * 110 - 68, upper - 16, name[s]
    }
    print "</svg>"
}
