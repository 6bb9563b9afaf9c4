/// A pass that ends: everything due is tried at most once.
struct SinglePass: Hashable, Sendable {
    private var attempted: Set<DeliveryPlan.Attempt> = []

    func permits(_ attempt: DeliveryPlan.Attempt) -> Bool {
        !attempted.contains(attempt)
    }

    mutating func note(_ attempt: DeliveryPlan.Attempt) {
        attempted.insert(attempt)
    }
}
