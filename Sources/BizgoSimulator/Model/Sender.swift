/// A sender profile, as the provider tells of it. Nothing else follows from it: messages fare as they are planned.
package struct Sender: Sendable, Equatable {
    package struct Sanction: Sendable, Equatable {
        /// Milliseconds since 1970.
        package var restrictedAt: Int64
        /// `BZM` or `CHANNEL`.
        package var reasonType: String

        package init(restrictedAt: Int64, reasonType: String = "BZM") {
            self.restrictedAt = restrictedAt
            self.reasonType = reasonType
        }
    }

    package var status = "A"
    package var block = false
    package var dormant = false
    package var profileStatus = "A"
    package var profileSpamLevel = "정상"
    package var profileMessageSpamLevel = "정상"
    package var uuid = "@simulated"
    package var name = "Simulated"
    package var sanction: Sanction?

    /// One with which nothing is wrong.
    package init() {}

    /// The sanction that is told of on a day, which begins then.
    func sanction(of day: Int64, _ reading: SimulatorConfiguration.SanctionDate) -> Sanction? {
        sanction.flatMap { sanction in
            let first = KoreanTime.startOfDay(sanction.restrictedAt)
            return (reading == .inForce ? first <= day : first == day) ? sanction : nil
        }
    }

    func writeProfile(to json: inout JSONWriter, senderKey: String) {
        json.object("senderProfile") { json in
            json.field("senderKey", senderKey)
            json.field("uuid", uuid)
            json.field("name", name)
            json.field("status", status)
            json.field("block", block)
            json.field("dormant", dormant)
            json.field("profileStatus", profileStatus)
            json.field("profileSpamLevel", profileSpamLevel)
            json.field("profileMessageSpamLevel", profileMessageSpamLevel)
        }
    }
}

extension Sender.Sanction {
    func write(to json: inout JSONWriter, senderKey: String) {
        json.object("abusing") { json in
            json.field("restrictedAt", KoreanTime.plain(restrictedAt))
            json.field("senderKey", senderKey)
            json.field("senderKeyType", "S")
            json.field("reasonType", reasonType)
        }
    }
}
