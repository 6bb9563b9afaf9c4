import Reconciliation
import Testing

@Suite struct UnreadableRowsTests {
    private let identity = AlertIdentity(.unreadableRows)

    @Test("it holds while there is any, and says how many of each kind")
    func holds() {
        #expect(UnreadableRows().observation == .over(identity))
        #expect(UnreadableRows(keys: 1).observation == .holds(identity, detail: "message_key 1"))
        #expect(
            UnreadableRows(times: 1200, keys: 3, statuses: 4).observation
                == .holds(identity, detail: "accepted_at 1,200, message_key 3, status 4"))
    }

    @Test("it is an error, and over at once")
    func kind() {
        #expect(AlertName.unreadableRows.severity == .error)
        #expect(AlertName.unreadableRows.lifetime == .condition(held: false))
    }
}
