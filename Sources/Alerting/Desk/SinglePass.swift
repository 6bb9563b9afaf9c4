/// What one pass of a command that ends has tried: everything once, and of a sink that hangs no more than that shows it.
struct SinglePass: Hashable, Sendable {
    /// Whoever takes so long to take nothing would make people wait as long for every alert.
    private static let patience = Duration.seconds(5)

    private var attempted: Set<DeliveryPlan.Attempt> = []
    private var hanging: Set<String> = []

    func permits(_ attempt: DeliveryPlan.Attempt) -> Bool {
        !attempted.contains(attempt) && !hanging.contains(attempt.sink)
    }

    mutating func note(_ attempt: DeliveryPlan.Attempt) {
        attempted.insert(attempt)
    }

    /// - Parameter duration: of an attempt that was in vain.
    mutating func failed(_ sink: String, after duration: Duration) {
        if duration >= Self.patience { hanging.insert(sink) }
    }
}
