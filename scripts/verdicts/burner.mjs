// Keeps one processor busy for so many seconds: `burner.mjs SECONDS`.
const endMs = performance.now() + Number(process.argv[2]) * 1e3;
process.on('disconnect', () => process.exit());
let sum = 0;
while (performance.now() < endMs) for (let step = 0; step < 1e6; step++) sum += step % 7;
process.exitCode = sum < 0 ? 1 : 0;
