/** Runs the examples as they stand; they import the built package by its name, as other programs do. */
import '../examples/embedded-broker.test.ts';
