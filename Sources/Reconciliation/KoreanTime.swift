/// The provider's time, and that of most who read it.
package enum KoreanTime {
    /// Seconds east of UTC, all the year.
    package static let offset = 9 * 3600
}
