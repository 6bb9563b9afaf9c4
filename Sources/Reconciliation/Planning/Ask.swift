/// One question about messages that are due.
package enum Ask: Hashable, Sendable {
    /// One by itself.
    case message(DueMessage)
    /// Several of one send, by its request status.
    case send(RequestID, [DueMessage])

    package var messages: [DueMessage] {
        switch self {
        case .message(let message): [message]
        case .send(_, let messages): messages
        }
    }

    /// The fewest questions about these messages, in the order of their first ones.
    /// - Parameter bySend: whether a send can be asked about.
    package static func fewest(for messages: [DueMessage], bySend: Bool) -> [Ask] {
        guard bySend else { return messages.map(Ask.message) }
        var order: [RequestID] = []
        var sends: [RequestID: [DueMessage]] = [:]
        var single: [Ask] = []
        for message in messages {
            // A rejected question about the send would say nothing of this one: it has failed before.
            guard message.tracking.failures == 0, let id = RequestID(of: message.key) else {
                single.append(.message(message))
                continue
            }
            if sends[id, default: []].isEmpty { order.append(id) }
            sends[id, default: []].append(message)
        }
        let asks = order.compactMap { id -> Ask? in
            guard let messages = sends[id], let first = messages.first else { return nil }
            return messages.count == 1 ? .message(first) : .send(id, messages)
        }
        return asks + single
    }
}
