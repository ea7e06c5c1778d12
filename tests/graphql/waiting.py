"""What a storefront asks so that its customers wait, in the demo shop and in Saleor alike."""

REQUEST = """mutation(
    $variant: ID!, $channel: String!, $email: String, $language: LanguageCodeEnum, $visitor: String
) {
    stockNotificationRequest(
        variantId: $variant, channel: $channel, email: $email, languageCode: $language, visitorId: $visitor
    ) {
        stockNotification { variant { id stockNotificationRequested } channel requested needsConfirmation }
        errors { field message code } } }"""
CANCEL = """mutation($variant: ID!, $channel: String!) {
    stockNotificationCancel(variantId: $variant, channel: $channel) {
        stockNotification { variant { id stockNotificationRequested } channel requested needsConfirmation }
        errors { field message code } } }"""
