"""Makes test/fixtures/statistics.json: what SciPy and pymannkendall answer on fixed data.

    python3 -m venv .venv && .venv/bin/pip install scipy==1.17.1 pymannkendall==1.4.3
    .venv/bin/python scripts/golden/statistics.py

Data comes from a fixed seed and is rounded, so that the fixture holds what was tested.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pymannkendall
import scipy
from scipy import optimize, stats

random = np.random.default_rng(20240501)


def rounded(values, digits=6):
    return [round(float(value), digits) for value in values]


def normal():
    xs = [-12.0, -8.0, -5.0, -3.51, -3.49, -2.0, -0.1, 0.0, 0.7, 1.96, 3.5, 3.6, 6.0]
    ps = [1e-12, 1e-6, 0.0005, 0.01, 0.025, 0.2, 0.5, 0.6, 0.975, 0.9995]
    return {
        "cdf": [[x, float(stats.norm.cdf(x))] for x in xs],
        "quantile": [[p, float(stats.norm.ppf(p))] for p in ps],
    }


def ranks():
    cases = [[3, 1, 2], [1, 1, 1], [5, 2, 2, 9, 5, 5, 1]]
    return [{"values": case, "ranks": stats.rankdata(case).tolist()} for case in cases]


def exact_mann_whitney(x, y):
    method = stats.PermutationMethod(n_resamples=np.inf)
    return stats.mannwhitneyu(x, y, method=method).pvalue


def mann_whitney():
    cases = []
    for first, second, shift in [(3, 4, 0.5), (8, 8, 1.0), (12, 9, 0.0), (25, 30, 0.4)]:
        x, y = rounded(random.normal(0, 1, first)), rounded(random.normal(shift, 1, second))
        result = stats.mannwhitneyu(x, y, method="exact")
        cases.append({"x": x, "y": y, "u": float(result.statistic), "p": float(result.pvalue), "method": "exact"})
    for first, second in [(5, 6), (7, 6)]:
        x, y = [int(v) for v in random.integers(0, 6, first)], [int(v) for v in random.integers(1, 8, second)]
        u = float(stats.mannwhitneyu(x, y).statistic)
        cases.append({"x": x, "y": y, "u": u, "p": float(exact_mann_whitney(x, y)), "method": "exact"})
    for first, second in [(40, 35), (31, 60)]:
        x, y = [int(v) for v in random.integers(0, 20, first)], [int(v) for v in random.integers(2, 22, second)]
        result = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=True)
        cases.append({"x": x, "y": y, "u": float(result.statistic), "p": float(result.pvalue), "method": "normal"})
    return cases


def signed_rank():
    cases = []
    for count, shift in [(5, 1.0), (12, 0.5), (30, 0.3), (50, 0.2)]:
        d = rounded(random.normal(shift, 1, count))
        plus = float(sum(stats.rankdata(np.abs(d))[np.array(d) > 0]))
        p = float(stats.wilcoxon(d, method="exact").pvalue)
        cases.append({"differences": d, "plus": plus, "p": p, "method": "exact"})
    for count in [8, 12]:
        d = [int(v) for v in random.integers(-3, 6, count)]
        method = stats.PermutationMethod(n_resamples=np.inf)
        p = float(stats.wilcoxon(d, zero_method="pratt", method=method).pvalue)
        plus = float(sum(stats.rankdata(np.abs(d))[np.array(d) > 0]))
        cases.append({"differences": d, "plus": plus, "p": p, "method": "exact"})
    for count in [120, 150]:
        d = [int(v) for v in random.integers(-9, 12, count)]
        p = float(stats.wilcoxon(d, zero_method="pratt", correction=True, method="asymptotic").pvalue)
        plus = float(sum(stats.rankdata(np.abs(d))[np.array(d) > 0]))
        cases.append({"differences": d, "plus": plus, "p": p, "method": "normal"})
    return cases


def interval_by_inversion(p_at, candidates):
    """The shifts between which a test does not refuse, found by asking it just inside and outside of each candidate."""
    kept = []
    for low, high in itertools.pairwise(candidates):
        if p_at((low + high) / 2):
            kept.append((low, high))
    return kept[0][0], kept[-1][1]


def hodges_lehmann():
    paired, groups = [], []
    for count, alpha in [(8, 0.05), (15, 0.01), (24, 0.05)]:
        d = np.array(rounded(random.normal(0.5, 1, count)))
        walsh = np.sort([(d[i] + d[j]) / 2 for i in range(count) for j in range(i, count)])
        low, high = interval_by_inversion(lambda m: stats.wilcoxon(d - m, method="exact").pvalue > alpha, walsh)
        paired.append({"differences": d.tolist(), "alpha": alpha, "estimate": float(np.median(walsh)), "low": low, "high": high})
    for first, second, alpha in [(6, 7, 0.05), (12, 10, 0.01)]:
        x, y = np.array(rounded(random.normal(0, 1, first))), np.array(rounded(random.normal(1, 1, second)))
        differences = np.sort((y[:, None] - x[None, :]).ravel())
        low, high = interval_by_inversion(lambda m: stats.mannwhitneyu(y - m, x, method="exact").pvalue > alpha, differences)
        groups.append({"baseline": x.tolist(), "candidate": y.tolist(), "alpha": alpha, "estimate": float(np.median(differences)), "low": low, "high": high})
    return {"paired": paired, "groups": groups}


def bootstrap():
    """Percentile intervals of the ratio of medians; only near to ours, as other numbers are drawn."""
    cases = []
    for count in [15, 40]:
        x, y = rounded(np.exp(random.normal(0, 0.05, count))), rounded(np.exp(random.normal(0.03, 0.05, count)))

        def log_ratio(a, b, axis=-1):
            return np.median(np.log(b), axis=axis) - np.median(np.log(a), axis=axis)

        for is_paired in [False, True]:
            result = stats.bootstrap((x, y), log_ratio, paired=is_paired, n_resamples=20000, method="percentile", rng=1, vectorized=True)
            interval = np.exp([result.confidence_interval.low, result.confidence_interval.high])
            cases.append({"baseline": x, "candidate": y, "isPaired": is_paired, "low": float(interval[0]), "high": float(interval[1])})
    return cases


def trends():
    cases = []
    for count, slope, digits in [(8, 0.2, 6), (20, 0.05, 6), (40, 0.02, 6), (60, 0.01, 6), (25, 0.1, 0)]:
        values = rounded(random.normal(0, 1, count) + slope * np.arange(count), digits)
        plain = stats.kendalltau(np.arange(count), values, variant="b")
        mann_kendall = pymannkendall.original_test(values)
        has_ties = len(set(values)) < count
        is_exact = not has_ties and count <= 40
        p = stats.kendalltau(np.arange(count), values, method="exact").pvalue if is_exact else mann_kendall.p
        cases.append({"values": values, "tau": mann_kendall.s / (count * (count - 1) / 2), "p": float(p), "slope": float(stats.theilslopes(values).slope)})
        assert has_ties or abs(plain.statistic - cases[-1]["tau"]) < 1e-12
    return cases


def sequential():
    """Boundaries found through SciPy's multivariate normal distribution instead of recursive integration."""

    def spent(alpha, time, spending):
        if spending == "obrien-fleming":
            return 4 * stats.norm.sf(stats.norm.isf(alpha / 4) / np.sqrt(time))
        return alpha * np.log(1 + (np.e - 1) * time)

    cases = []
    for alpha, looks, spending in [(0.05, [10, 20, 30], "obrien-fleming"), (0.01, [12, 18, 24, 30], "pocock"), (0.01, [18, 24, 30], "obrien-fleming")]:
        times = np.array(looks) / looks[-1]
        correlation = np.sqrt(np.minimum.outer(times, times) / np.maximum.outer(times, times))
        boundaries = []
        for look, time in enumerate(times):

            def too_much(bound, look=look, time=time):
                limits = np.array([*boundaries, bound])
                inside = stats.multivariate_normal.cdf(limits, cov=correlation[: look + 1, : look + 1], lower_limit=-limits, abseps=1e-9, releps=1e-9, maxpts=4_000_000, rng=7)
                return (1 - inside) - spent(alpha, time, spending)

            boundaries.append(float(optimize.brentq(too_much, 1.5, 7, xtol=1e-7)))
        cases.append({"alpha": alpha, "lookAt": looks, "spending": spending, "boundaries": boundaries})
    return cases


fixture = {
    "madeBy": f"scripts/golden/statistics.py with SciPy {scipy.__version__}, NumPy {np.__version__}, pymannkendall {pymannkendall.__version__}",
    "normal": normal(),
    "ranks": ranks(),
    "quantiles": {"values": [3.5, 1.25, 9, 4, 4, 7.75], "at": [[q, float(np.quantile([3.5, 1.25, 9, 4, 4, 7.75], q))] for q in [0, 0.1, 0.5, 0.77, 1]]},
    "mannWhitney": mann_whitney(),
    "signedRank": signed_rank(),
    "hodgesLehmann": hodges_lehmann(),
    "bootstrap": bootstrap(),
    "trends": trends(),
    "sequential": sequential(),
}
path = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "statistics.json"
path.write_text(json.dumps(fixture, indent=1) + "\n")
