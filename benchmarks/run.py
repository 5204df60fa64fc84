"""All benchmarks, or one of them: `python3 dev.py bench [--quick] [--engine NAME] [--only NAME]`.

A complete run (neither --quick nor --engine) publishes its results as JSON in `results/`, as tables in
`README.md` and as a chart; partial runs print their table and leave JSON in the cache folder.
"""

import bench_bulk
import bench_encoders
import bench_formats
import bench_memory
import bench_profile
import bench_render
import bench_save
import bench_scale
from harness.command import NAMES, carry_out, parser, prepare
from harness.docs import write_docs
from harness.results import published

_MEASURES = {
    "render": bench_render.measure,
    "bulk": bench_bulk.measure,
    "save": bench_save.measure,
    "scale": bench_scale.measure,
    "profile": bench_profile.measure,
    "memory": bench_memory.measure,
    "encoders": bench_encoders.measure,
    "formats": bench_formats.measure,
}


def main() -> None:
    """Run the requested benchmarks, in the order above."""
    options = parser("Measure advthumb against version 2.0.1, its peers and the decode floor.")
    options.add_argument("--only", choices=_MEASURES, help="only this benchmark")
    arguments = options.parse_args()
    order = prepare(arguments)
    for name, measure in _MEASURES.items():
        if arguments.only in {None, name}:
            carry_out(name, measure, order)
    bench_memory.write_security()
    write_docs({report.name: report for report in published(NAMES)})


if __name__ == "__main__":
    main()
