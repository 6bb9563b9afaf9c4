/// One channel of a message flow, in the order in which they are tried.
package struct Channel: Sendable, Equatable {
    /// `ALIMTALK`, `SMS`, `MMS`, `RCS`, `BRANDMESSAGE`, …
    package var serviceType: String
    /// `AT`, `SM`, …
    package var messageType: String

    /// Names a channel.
    package init(serviceType: String, messageType: String) {
        self.serviceType = serviceType
        self.messageType = messageType
    }

    /// AlimTalk, the plain text kind.
    package static let alimtalk = Channel(serviceType: "ALIMTALK", messageType: "AT")
    /// SMS.
    package static let sms = Channel(serviceType: "SMS", messageType: "SM")

    /// The channel of a `messageFlow` item with this key; nil for one the API does not know.
    init?(flowKey: String, messageType: String?) {
        switch flowKey {
        case "alimtalk": self.init(serviceType: "ALIMTALK", messageType: messageType ?? "AT")
        case "sms": self.init(serviceType: "SMS", messageType: "SM")
        case "mms": self.init(serviceType: "MMS", messageType: "MM")
        case "rcs": self.init(serviceType: "RCS", messageType: "RS")
        case "brandmessage": self.init(serviceType: "BRANDMESSAGE", messageType: messageType ?? "FT")
        case "international": self.init(serviceType: "INTERNATIONAL", messageType: "IM")
        case "navertalk": self.init(serviceType: "NAVERTALK", messageType: "NT")
        default: return nil
        }
    }
}
