# The directory for tokens is not there.
# message: dehydrated-directory-missing
# today: stands
# rules: challenge-directory-wrong renewal-file-broken
mkdir -p /var/lib/dehydrated
echo example.com >/etc/dehydrated/domains.txt
dehydrated --cron
