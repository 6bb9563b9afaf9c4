import Reconciliation
import Testing

/// Reports are learnt of in any order: how `AccountRefused` ends up depends only on when they were made.
struct AlertOrderTests {
    /// Seconds at which refusals and deliveries were reported; what they come to.
    struct History: Sendable, CustomTestStringConvertible {
        var refused: [Int]
        var delivered: [Int]
        var isFiring: Bool
        /// How often it began in the order in which it happened.
        var episodes: Int

        var testDescription: String { "refused \(refused), delivered \(delivered)" }

        var observations: [AlertObservation] {
            refused.map { .refused(.accountRefused, accountCode, occurrence(1), reportedAt: .after(.seconds($0))) }
                + delivered.map { .delivered(reportedAt: .after(.seconds($0))) }
        }
    }

    @Test(arguments: [
        History(refused: [10, 20, 30], delivered: [40, 50, 60], isFiring: false, episodes: 1),
        History(refused: [10, 20, 30], delivered: [5, 40], isFiring: false, episodes: 1),
        History(refused: [10, 30, 50], delivered: [20, 40, 60], isFiring: false, episodes: 3),
        History(refused: [10, 30, 50], delivered: [20, 40], isFiring: true, episodes: 3),
        History(refused: [10, 40], delivered: [20, 40], isFiring: true, episodes: 2),
        History(refused: [40, 50], delivered: [10, 20, 30], isFiring: true, episodes: 1),
    ])
    func `every order comes to the same, with no more episodes than there were`(_ history: History) throws {
        let last = try #require(history.delivered.max())
        for order in history.observations.permutations {
            var book = AlertStates()
            for (index, observation) in order.enumerated() { book.apply(observation, after: .seconds(1000 + index)) }
            let alert = try #require(book.alerts[accountRefused])
            #expect(alert.isFiring == history.isFiring, "\(order)")
            #expect(alert.deliveredAt == (history.isFiring ? nil : .after(.seconds(last))), "\(order)")
            #expect(alert.episode <= history.episodes, "\(order)")
            #expect(book.lastDeliveryAt == .after(.seconds(last)))
        }
    }

    @Test func `refusals learnt of after a later delivery are told once, as begun and as ended`() {
        var book = AlertStates([], lastDeliveryAt: .after(.seconds(50)))
        var sink = EagerSink(accountRefused)
        for index in 0..<5 {
            let reportedAt = Timestamp.after(.seconds(10 + index))
            book.apply(
                .refused(.accountRefused, accountCode, occurrence(1), reportedAt: reportedAt),
                after: .seconds(100 + index))
            sink.catchUp(book.alerts[accountRefused], after: .seconds(100 + index))
        }
        #expect(sink.kinds == [.firing, .resolved])
        #expect(book.alerts[accountRefused]?.episode == 1)
        #expect(book.alerts[accountRefused]?.deliveredAt == .after(.seconds(50)))
    }

    @Test func `a delivery alone is a change to be written back, an older one is none`() {
        var book = AlertStates([], lastDeliveryAt: .after(.seconds(50)))
        book.apply(.delivered(reportedAt: .after(.seconds(40))), after: .seconds(100))
        #expect(!book.isChanged)
        book.apply(.delivered(reportedAt: .after(.seconds(60))), after: .seconds(101))
        #expect(book.isChanged)
        #expect(book.changed.isEmpty)
    }
}

extension Array {
    /// All orders of the elements.
    fileprivate var permutations: [[Element]] {
        guard count > 1 else { return [self] }
        return indices.flatMap { index in
            var rest = self
            let element = rest.remove(at: index)
            return rest.permutations.map { [element] + $0 }
        }
    }
}
