# Comments do not matter.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
sed -i 's/^authenticator.*/# web roots, since 2019\n& # not standalone/' /etc/letsencrypt/renewal/example.com.conf
