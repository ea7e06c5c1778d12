"""Reports as mail servers write them."""

from uuid import UUID


def bounce(
    message_id: UUID | str,
    recipient: str = "ada@example.com",
    status: str = "5.1.1",
    action: str = "failed",
    said: str = "smtp; 550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown",
    original: str = "message/rfc822",
) -> bytes:
    """A delivery report as Postfix writes it (RFC 3464)."""
    return f"""\
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: hello@news.example.com
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

This is a MIME-encapsulated message.

--b1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Mon,  2 Mar 2026 12:00:00 +0000 (UTC)

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.com
Diagnostic-Code: {said}

--b1
Content-Type: {original}

From: Morgentau <hello@news.example.com>
To: {recipient}
Subject: Your cart
Message-ID: <{message_id}@news.example.com>

--b1--
""".encode()


def complaint(message_id: UUID | str, recipient: str = "ada@example.com", kind: str = "abuse") -> bytes:
    """A complaint as feedback loops write it (RFC 5965)."""
    return f"""\
From: feedback@isp.example
To: hello@news.example.com
Subject: FW: Your cart
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain

This is an email abuse report.

--b2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <{recipient}>

--b2
Content-Type: message/rfc822

From: Morgentau <hello@news.example.com>
To: undisclosed
Message-ID: <{message_id}@news.example.com>
Subject: Your cart

Hello
--b2--
""".encode()
