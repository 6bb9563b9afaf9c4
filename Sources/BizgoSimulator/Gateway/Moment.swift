/// One reading of the clocks.
package struct Moment: Sendable {
    /// The provider's time, in milliseconds since 1970.
    package var provider: Int64
    /// The machine's time, in microseconds since 1970.
    package var wall: Int64
    /// A clock that never goes back, in microseconds.
    package var monotonic: Int64

    /// All clocks at the same reading, for tests.
    package init(milliseconds: Int64) {
        provider = milliseconds
        wall = milliseconds * 1000
        monotonic = milliseconds * 1000
    }

    /// Three readings.
    package init(provider: Int64, wall: Int64, monotonic: Int64) {
        self.provider = provider
        self.wall = wall
        self.monotonic = monotonic
    }
}
