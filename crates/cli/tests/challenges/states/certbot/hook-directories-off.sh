# cli.ini switches the directories of hooks off.
# renewal: works
# nginx: keeps the old certificate
# says: renewal-without-reload
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
echo 'no-directory-hooks = True' >/etc/letsencrypt/cli.ini
enable tls
